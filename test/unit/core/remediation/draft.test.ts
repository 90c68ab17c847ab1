// @needs ansible-playbook
import type { Diagnosis, Evidence } from '../../../../nodes/core/model/diagnosis';
import type { Incident } from '../../../../nodes/core/model/incident';
import { draftOf } from '../../../../nodes/core/remediation/draft';
import { alertOn, FixScene } from '../../../support/fix-scene';

let scene: FixScene;
beforeEach(async () => {
    scene = await new FixScene().open();
});
afterEach(() => scene.close());

/** An incident whose alert has no host; its proposed host stands only in the cited evidence. */
async function proposedBy(evidence: Partial<Evidence>): Promise<Incident> {
    const { labels, ...alert } = alertOn('web-1');
    const incident = await scene.diagnosed({
        alerts: [{ ...alert, labels: { alertname: labels.alertname ?? '' } }],
    });
    const at = '2026-01-01T00:00:00.000Z';
    const diagnosis: Diagnosis = {
        ...(incident.diagnosis as Diagnosis),
        citations: ['E1'],
        evidence: [{ id: 'E1', kind: 'alert', title: 'Alert', result: 'It fires on web-1.', at, ...evidence }],
    };
    const proposal = { ...(diagnosis.proposal as NonNullable<Diagnosis['proposal']>), hosts: ['web-1'] };
    return scene.asDiagnosed({ ...incident, diagnosis: { ...diagnosis, proposal } });
}

test('a host that only cited evidence names is planned when the tool that made the evidence may name hosts', async () => {
    const { hosts } = await draftOf(scene.parts(), await proposedBy({ mayNameHost: true }));
    expect(hosts).toEqual(['web-1']);
});

test.each<[string, Partial<Evidence>]>([
    ['prose of an earlier diagnosis', { kind: 'past_incidents', title: 'Similar past incidents', mayNameHost: false }],
    ["the answer to the model's own query", { kind: 'promql', title: 'Query of the model', mayNameHost: false }],
    ['evidence of a version that did not record trust', {}],
    ['evidence that nobody cited', { id: 'E2', mayNameHost: true }],
])('%s names no host', async (_what, evidence) => {
    await expect(draftOf(scene.parts(), await proposedBy(evidence))).rejects.toMatchObject({
        code: 'TARGET_NOT_IN_EVIDENCE',
        message: expect.stringContaining('names no inventory host'),
    });
});
