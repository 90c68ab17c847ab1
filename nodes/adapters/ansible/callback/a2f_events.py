# Copyright (c) The alert-to-fix authors
# SPDX-License-Identifier: Apache-2.0 (compatible with the GPLv3 of the Ansible code that this plugin imports)
from __future__ import annotations

DOCUMENTATION = '''
    name: a2f_events
    type: notification
    short_description: writes the events of a run as JSON lines to file descriptor 3
    description:
      - One line an event, each with the member C(event) - play, task, ok, changed, failed, unreachable, skipped, stats.
      - Of diffs, commands and messages that are very long the beginning is written; C(whole) tells the length and the digest of all.
      - Results with C(no_log) arrive censored by Ansible.
      - In check mode the member C(unseen) says what of a task check mode could not show, see C(_unseen).
'''

import hashlib
import json
import os
import re
import shlex
import time

from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__

DESCRIPTOR = 3
CHECK_MODE = 'ansible_check_mode'
NOT_RUN = 'would have run if not in check mode'
FACT_ACTIONS = ('setup', 'gather_facts')

# In characters. What is longer than LONG is written whole as long as all of it together fits into ROOM, else its beginning.
LONG = 20_000
ROOM = 5_000_000
BEGINNING = 40_000
MESSAGE = 10_000

# What differs from run to run: names of temporary files, and the moment that `state: touch` shows.
TEMPORARY = re.compile(r'^(?=.{1,1000}$)((?:---|\+\+\+) [^/\n]*)/.*/(?:ansible-local-\w+/tmp\w+|ansible-tmp-[\d.]+-\d+-\d+)(?:/(\S*))?$', re.M)
TIME = re.compile(r'^([+-] {4}"[am]time": )[\d.]+(,?)$', re.M)


def digest(content):
    steady = content.replace(os.getcwd() + '/', '')
    steady = TEMPORARY.sub(lambda found: found[1] + (found[2] or 'new content'), steady)
    return hashlib.sha256(TIME.sub(r'\1now\2', steady).encode('utf-8', 'surrogatepass')).hexdigest()


def public(owner, name):
    """The public accessor of newer cores, else the attribute of older ones."""
    value = getattr(owner, name, None)
    return getattr(owner, '_' + name, None) if value is None else value


def text(value):
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, default=str, sort_keys=True)
    except (TypeError, ValueError):  # keys of several kinds cannot be sorted
        return repr(value)


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'notification'
    CALLBACK_NAME = 'a2f_events'
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._began = {}
        self._room = ROOM
        try:
            os.set_inheritable(DESCRIPTOR, False)
        except OSError:
            self.disabled = True

    def v2_playbook_on_play_start(self, play):
        self._write('play', play=play.get_name(), ansible=__version__)

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._task(task)

    def v2_playbook_on_handler_task_start(self, task):
        self._task(task)

    def v2_runner_on_ok(self, result):
        details = public(result, 'result')
        self._result('changed' if details.get('changed') else 'ok', result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._result('failed', result, ignored=bool(ignore_errors))

    def v2_runner_on_unreachable(self, result):
        self._result('unreachable', result)

    def v2_runner_on_skipped(self, result):
        self._result('skipped', result)

    def v2_playbook_on_stats(self, stats):
        hosts = {}
        for host in stats.processed:
            counts = stats.summarize(host)
            hosts[host] = {
                'ok': counts['ok'],
                'changed': counts['changed'],
                'failed': counts['failures'],
                'unreachable': counts['unreachable'],
                'skipped': counts['skipped'],
            }
        self._write('stats', hosts=hosts)

    def _task(self, task):
        self._began[task.get_name()] = time.time()
        self._write('task', task=task.get_name())

    def _result(self, event, result, ignored=False):
        task = public(result, 'task')
        details = public(result, 'result')
        diff, whole = self._bounded(self._diff(details))
        message = self._message(event, details)
        self._write(
            event,
            host=public(result, 'host').get_name(),
            task=task.get_name(),
            facts=task.action.rpartition('.')[2] in FACT_ACTIONS,
            ignored=ignored,
            began=self._began.get(task.get_name(), 0),
            diff=diff,
            whole=whole,
            message=message and message[:MESSAGE],
            left=max(0, len(message or '') - MESSAGE),
            becomes=self._becomes(result, task),
            unseen=self._unseen(event, task, details) if context.CLIARGS.get('check') else None,
        )

    def _bounded(self, content):
        """What is written of a text, and of a text that is cut its length and digest."""
        if content is None or len(content) <= LONG:
            return content, None
        if len(content) <= self._room:
            self._room -= len(content)
            return content, None
        return content[:BEGINNING], {'characters': len(content), 'digest': digest(content)}

    def _becomes(self, result, task):
        """The user that the task becomes on the host, as its play, block or ansible.cfg say."""
        fields = getattr(result, '_task_fields', None) or {}
        return text(fields.get('become_user') or 'root') if fields.get('become', task.become) else None

    def _unseen(self, event, task, details):
        """
        What check mode could not show: C(why) is "left-out" when the task would have run, "condition" when its condition was
        false in check mode, "ran" when it runs in check mode too; with the commands where the module tells them, and the
        handlers that the task notifies.
        """
        items = [item for item in details.get('results') or [] if isinstance(item, dict)]
        why = self._why_unseen(event, task, details, items)
        if why is None:
            return None
        commands = [part['cmd'] for part in [details] + items if part.get('cmd')]
        command, whole = self._bounded('\n'.join(shlex.join(map(text, words)) if isinstance(words, list) else text(words) for words in commands) or None)
        handlers = task.notify or []
        return {
            'why': why,
            'action': task.action,
            'command': command,
            'whole': whole,
            'handlers': [text(name) for name in (handlers if isinstance(handlers, list) else [handlers])],
        }

    def _why_unseen(self, event, task, details, items):
        if task.check_mode is False:
            return None if event == 'skipped' else 'ran'
        found = [self._why_skipped(item, task) for item in items if item.get('skipped')]
        if event == 'skipped' and not items:
            found.append(self._why_skipped(details, task))
        if event == 'changed' and NOT_RUN in text(details.get('msg') or ''):
            found.append('left-out')
        return next((why for why in ('left-out', 'condition') if why in found), None)

    def _why_skipped(self, details, task):
        if 'skipped_reason' in details and 'No items' not in text(details['skipped_reason']):
            return None
        conditional = 'skip_reason' in details or 'skipped_reason' in details or (details.get('censored') and task.when)
        return 'condition' if conditional and CHECK_MODE not in text(task.when) else 'left-out'

    def _diff(self, details):
        """Ansible's text of the diff; loops carry one diff an item."""
        parts = [details] + [item for item in details.get('results') or [] if isinstance(item, dict)]
        return ''.join(self._get_diff(part['diff']) for part in parts if part.get('diff')) or None

    def _message(self, event, details):
        """What the module says; for failures also of each failed item and from standard error."""
        if details.get('censored'):
            return text(details['censored'])
        said = [details.get('msg')]
        if event in ('failed', 'unreachable'):
            items = [item for item in details.get('results') or [] if isinstance(item, dict) and item.get('failed')]
            said += [item.get('msg') for item in items] + [details.get('stderr') or details.get('module_stderr')]
        return '\n'.join(text(line) for line in said if line) or None

    def _write(self, event, **members):
        line = json.dumps(dict(members, event=event), default=str, ensure_ascii=True) + '\n'
        data = line.encode('ascii')
        try:
            while data:
                data = data[os.write(DESCRIPTOR, data):]
        except OSError:
            self.disabled = True
