import { text } from './texts.js';

/** Asks before a decision counts; resolves to the reason typed (maybe empty), or undefined when cancelled. */
export function ask(verdict, decision) {
    const reject = verdict === 'reject';
    const dialog = document.getElementById('ask');
    const ok = dialog.querySelector('button[value=ok]');
    const reason = dialog.querySelector('textarea');
    dialog.querySelector('h2').textContent = text(reject ? 'rejectTitle' : 'approveTitle');
    dialog.querySelector('p').textContent = decision.confirm;
    dialog.querySelector('label').hidden = !reject;
    ok.textContent = reject ? decision.reject : decision.approve;
    ok.className = reject ? 'danger' : 'primary';
    reason.value = '';
    dialog.returnValue = 'cancel';
    dialog.showModal();
    return new Promise((resolve) => {
        dialog.addEventListener('close', () => resolve(dialog.returnValue === 'ok' ? reason.value.trim() : undefined), {
            once: true,
        });
    });
}

/** A message that stays until it is dismissed or another comes; read out to who listens. */
export function notice(message, tone = 'bad') {
    const box = document.getElementById('notice');
    box.className = `notice ${tone}`;
    box.querySelector('span').textContent = message;
    box.hidden = false;
}

export function dismissNotice() {
    document.getElementById('notice').hidden = true;
}

/** Read out, not shown. */
export function announce(message) {
    document.getElementById('announce').textContent = message;
}
