import type { Clock } from '../../core/clock';
import type { GroupDirectory } from '../../core/model/approval';
import type { SlackClient } from './client';

/** How long a member list is believed. */
const KEPT_MS = 60_000;

/**
 * Slack user groups by https://docs.slack.dev/reference/methods/usergroups.users.list (scope `usergroups:read`).
 * Rejects when Slack does not answer: then nobody is entitled. An old list never stands in for a failed question.
 */
export class SlackGroups implements GroupDirectory {
    private readonly lists = new Map<string, { at: number; members: Promise<Set<string>> }>();

    constructor(
        private readonly client: SlackClient,
        private readonly clock: Clock,
    ) {}

    async isMember(...[group, person]: Parameters<GroupDirectory['isMember']>): Promise<boolean> {
        const [, team, usergroup] = /^slack-group:([A-Z0-9]+)\/(S[A-Z0-9]+)$/.exec(group) ?? [];
        const [personTeam, user] = person.id.split('/');
        if (person.platform !== 'slack' || !team || !usergroup || personTeam !== team || !user) return false;
        return (await this.members(team, usergroup)).has(user);
    }

    private members(team: string, usergroup: string): Promise<Set<string>> {
        const key = `${team}/${usergroup}`;
        const now = this.clock().getTime();
        const kept = this.lists.get(key);
        if (kept && now - kept.at < KEPT_MS) return kept.members;
        const members = this.client
            .call('usergroups.users.list', (web) => web.usergroups.users.list({ usergroup, team_id: team }))
            .then(({ users }) => new Set(users));
        this.lists.set(key, { at: now, members });
        members.catch(() => this.lists.delete(key));
        return members;
    }
}
