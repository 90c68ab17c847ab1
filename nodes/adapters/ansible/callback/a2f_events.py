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
      - In check mode the member C(unseen) says what of a task check mode could not show, see C(_unseen); C(action) and C(arguments) are
        what the module gets, and C(acts) is a keyed digest of them, see C(_module).
'''

import calendar
import hashlib
import hmac
import json
import os
import re
import shlex
import time

from ansible import constants, context
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__

DESCRIPTOR = 3
CHECK_MODE = 'ansible_check_mode'
NOT_RUN = 'would have run if not in check mode'
FACT_ACTIONS = ('setup', 'gather_facts')
# The key of the digests of arguments; no task gets to see it.
KEY = bytes.fromhex(os.environ.pop('A2F_DIGEST_KEY', ''))
# Modules that only look or only set variables: what they look at need not be the same each time.
READS = (
    'add_host', 'assert', 'debug', 'fail', 'find', 'gather_facts', 'getent', 'group_by', 'include_role', 'include_tasks', 'include_vars',
    'meta', 'package_facts', 'pause', 'ping', 'service_facts', 'set_fact', 'set_stats', 'setup', 'slurp', 'stat', 'wait_for',
    'wait_for_connection',
)

# In characters. What is longer than LONG is written whole as long as all of it together fits into ROOM, else its beginning.
LONG = 20_000
ROOM = 5_000_000
BEGINNING = 40_000
MESSAGE = 10_000
ARGUMENT = 2_000

# What differs from run to run: names of temporary files, and the moment that `state: touch` shows.
TEMPORARY = re.compile(r'^(?=.{1,1000}$)((?:---|\+\+\+) [^/\n]*)/.*/(?:ansible-local-\w+/tmp\w+|ansible-tmp-[\d.]+-\d+-\d+)(?:/(\S*))?$', re.M)
TIME = re.compile(r'^([+-] {4}"[am]time": )[\d.]+(,?)$', re.M)
SCRATCH = re.compile(r'ansible-(?:tmp-[\d.]+-\d+-\d+|local-\w+/tmp\w+)')
# A moment: Unix seconds, milliseconds or a fraction; or a date with the time of day in one of the usual forms.
EPOCH = re.compile(r'(?<![\d.])(\d{10})(?:\d{3}|\.\d{1,9})?(?![\d.])')
MOMENT = re.compile(r'(?<!\d)(\d{4})-?(\d\d)-?(\d\d)[T _-]?(\d\d)[:.-]?(\d\d)[:.-]?(\d\d)(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?(?!\d)')
NOW = '[time of the run]'


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


def place(thing):
    """Where a play or task is written: its path relative to the library, and its line."""
    file, _, line = (thing.get_path() or '').rpartition(':')
    if not file or not line.isdigit():
        return None
    return {'file': os.path.relpath(os.path.realpath(file), os.getcwd()), 'line': int(line)}


def without_now(content, since):
    """The text without the moments of this run, which are others each time."""
    first, last = since - 2, time.time() + 2

    def epoch(found):
        return NOW if first <= int(found[1]) <= last else found[0]

    def moment(found):
        try:
            seconds = calendar.timegm(tuple(map(int, found.groups())) + (0, 0, 0))
        except (ValueError, OverflowError):
            return found[0]
        zones = (0, time.localtime(last).tm_gmtoff)
        return NOW if any(first <= seconds - zone <= last for zone in zones) else found[0]

    return EPOCH.sub(epoch, MOMENT.sub(moment, content))


def clipped(value):
    if isinstance(value, dict):
        return {text(key): clipped(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [clipped(member) for member in value]
    if isinstance(value, str) and len(value) > ARGUMENT:
        return '%s… [cut, %d more characters]' % (value[:ARGUMENT], len(value) - ARGUMENT)
    return value


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'notification'
    CALLBACK_NAME = 'a2f_events'
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._began = {}
        self._since = time.time()
        self._items = {}
        self._room = ROOM
        try:
            os.set_inheritable(DESCRIPTOR, False)
        except OSError:
            self.disabled = True

    def v2_playbook_on_play_start(self, play):
        self._write('play', play=play.get_name(), ansible=__version__, at=place(play), hosts=self._hosts(play))

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

    def v2_runner_item_on_ok(self, result):
        self._item(result)

    def v2_runner_item_on_failed(self, result):
        self._item(result)

    def v2_runner_item_on_skipped(self, result):
        self._item(result)

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
        if context.CLIARGS.get('check') and task.action.rpartition('.')[2] == 'pause' and {'seconds', 'minutes'} & set(task.args):
            task.args = {'seconds': 0}  # a dry run does not wait
        self._began[task.get_name()] = time.time()
        self._write('task', task=task.get_name())

    def _hosts(self, play):
        """The hosts that the play is for, as far as this run is for them; null when Ansible does not say."""
        try:
            return [host.get_name() for host in play.get_variable_manager()._inventory.get_hosts(play.hosts)]
        except Exception:  # it is Ansible's inside: whatever it says, the play has begun
            return None

    def _item(self, result):
        key = (public(result, 'host').get_name(), public(result, 'task')._uuid)
        self._items.setdefault(key, []).append(self._fields(result))

    def _fields(self, result):
        """What the module gets, after templating: its arguments, and the task's environment."""
        fields = getattr(result, '_task_fields', None) or {}
        environment = [entry for entry in fields.get('environment') or [] if entry]
        given = {name: value for name, value in (fields.get('args') or {}).items() if not text(name).startswith('_ansible_')}
        return dict(given, **({'environment': environment} if environment else {}))

    def _module(self, event, result, task, details, unseen):
        """
        Module and arguments of a task that acts, or would act: C(arguments) for people, none with no_log, and C(acts), a digest of all
        of them with the key of this plan, so that nobody can guess a secret by it.
        """
        items = self._items.pop((public(result, 'host').get_name(), task._uuid), None)
        if event in ('ok', 'skipped', 'unreachable') and unseen is None:
            return {}
        module = task.action.rpartition('.')[2]
        given = self._fields(result) if items is None else items
        content = SCRATCH.sub('temporary', text(given).replace(os.getcwd() + '/', '').replace(constants.DEFAULT_LOCAL_TMP, 'temporary'))
        acts = KEY and module not in READS and event != 'unreachable'
        return {
            'action': task.action,
            'arguments': None if self._is_secret(result, task, details) else without_now(text(clipped(given)), self._since),
            'acts': hmac.new(KEY, without_now(content, self._since).encode('utf-8', 'surrogatepass'), 'sha256').hexdigest() if acts else None,
        }

    def _is_secret(self, result, task, details):
        items = [item for item in details.get('results') or [] if isinstance(item, dict)]
        fields = getattr(result, '_task_fields', None) or {}
        return bool(fields.get('no_log', task.no_log) or task.no_log or any('censored' in part for part in [details] + items))

    def _result(self, event, result, ignored=False):
        task = public(result, 'task')
        details = public(result, 'result')
        checks = context.CLIARGS.get('check')
        unseen = self._unseen(event, task, details) if checks else None
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
            unseen=unseen,
            at=place(task),
            **(self._module(event, result, task, details, unseen) if checks else {}),
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
        said = '\n'.join(shlex.join(map(text, words)) if isinstance(words, list) else text(words) for words in commands) or None
        command, whole = self._bounded(said and without_now(said, self._since))
        handlers = task.notify or []
        return {
            'why': why,
            'action': task.action,
            'command': command,
            'whole': whole,
            'handlers': [text(name) for name in (handlers if isinstance(handlers, list) else [handlers])],
        }

    def _why_unseen(self, event, task, details, items):
        if task.action.rpartition('.')[2] == 'meta':
            return None
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
