import { FixError } from '../errors';

/**
 * How the incident page of an incident is addressed. `pageUrl` is the public address of Node-RED's editor; without one
 * there is no link. Throws `CONFIG_INVALID` when it is not an http address.
 */
export function pageLink(pageUrl: string | undefined): (incidentId: string) => string | undefined {
    if (!pageUrl) return () => undefined;
    if (!/^https?:\/\//.test(pageUrl) || !URL.canParse(pageUrl)) {
        throw new FixError('CONFIG_INVALID', `The public address "${pageUrl}" is not an http address.`, {
            field: 'pageUrl',
            cure: 'Write the address of the Node-RED editor, such as https://node-red.example.org, or nothing.',
        });
    }
    const base = pageUrl.replace(/\/+$/, '');
    return (incidentId) => `${base}/alert-to-fix/#/${incidentId}`;
}
