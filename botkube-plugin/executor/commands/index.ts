import type { Command } from '../call';
import type { Parts } from '../parts';
import type { VerbName } from '../verbs';
import { alerts } from './alerts';
import { ask } from './ask';
import { approve, reject } from './decide';
import { diagnose } from './diagnose';
import { helpReply } from './help';
import { incidents } from './incidents';
import { show } from './show';
import { status } from './status';

const help: Command<Parts> = async () => helpReply();

/** The command behind each verb; the bare name of the plugin gives help. */
export const COMMANDS: Record<VerbName | '', Command<Parts>> = {
    '': help,
    alerts,
    diagnose,
    ask,
    show,
    incidents,
    approve,
    reject,
    status,
    help,
};
