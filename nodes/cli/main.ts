import { version } from '../../package.json';
import { asFixError, failureText } from '../core/errors';
import { audit } from './audit';
import { EXIT } from './exit';

const HELP = `Usage: alert-to-fix <command>

Commands
  audit verify   checks the timelines of a store or of an export, and names the first broken link
  audit export   writes all timelines and anchors as JSON Lines

See alert-to-fix audit --help for details, and alert-to-fix --version for the version.
`;

/** Runs the command that the arguments name; answers the exit code. Never rejects. */
export async function main(args: readonly string[]): Promise<number> {
    const [command, ...rest] = args;
    try {
        if (command === 'audit') return await audit(rest);
        if (command === '--help' || command === '-h' || command === 'help') {
            process.stdout.write(HELP);
            return EXIT.fine;
        }
        if (command === '--version') {
            process.stdout.write(`${version}\n`);
            return EXIT.fine;
        }
        process.stderr.write(command === undefined ? HELP : `There is no command "${command}".\n\n${HELP}`);
        return EXIT.failed;
    } catch (thrown) {
        process.stderr.write(`${asFixError(thrown).code}: ${failureText(thrown, { field: true })}\n`);
        return EXIT.failed;
    }
}
