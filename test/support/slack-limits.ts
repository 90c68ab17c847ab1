/** Block Kit as JSON, as a client sent it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Slack's published limits; answers what Slack would put into `response_metadata.messages`, empty when all is well. */
export function brokenLimits(blocks: Json): string[] {
    if (!Array.isArray(blocks)) return ['blocks must be an array'];
    const wrong = blocks.length > 50 ? ['no more than 50 items allowed [json-pointer:/blocks]'] : [];
    blocks.forEach((block, index) =>
        wrong.push(...brokenBlock(object(block)).map((text) => `${text} [json-pointer:/blocks/${index}]`)),
    );
    return wrong;
}

/** All text of the blocks together; above about 13,200 Slack answers `msg_blocks_too_long`. */
export function textLength(blocks: Json): number {
    if (typeof blocks !== 'object' || blocks === null) return 0;
    const members = Array.isArray(blocks) ? blocks : Object.values(blocks);
    const own = !Array.isArray(blocks) && typeof blocks.text === 'string' ? blocks.text.length : 0;
    return members.reduce<number>((sum, member) => sum + textLength(member), own);
}

function brokenBlock(block: JsonObject): string[] {
    switch (block.type) {
        case 'header':
            return text(block.text, 150, ['plain_text']);
        case 'section':
            return [
                ...(block.fields === undefined ? text(block.text, 3000) : brokenFields(list(block.fields))),
                ...(block.accessory === undefined ? [] : brokenElement(object(block.accessory))),
            ];
        case 'context': {
            const elements = list(block.elements);
            return [...count(elements, 10), ...elements.flatMap((element) => text(element, 3000))];
        }
        case 'actions': {
            const elements = list(block.elements);
            const ids = elements.map((element) => object(element).action_id);
            const twice = new Set(ids).size < ids.length ? ['action_id is not unique'] : [];
            return [...count(elements, 25), ...twice, ...elements.flatMap((element) => brokenElement(object(element)))];
        }
        case 'divider':
        case 'input':
            return [];
        default:
            return [`unsupported type: ${String(block.type)}`];
    }
}

function brokenFields(fields: Json[]): string[] {
    return [...count(fields, 10), ...fields.flatMap((field) => text(field, 2000))];
}

function brokenElement(element: JsonObject): string[] {
    return element.type === 'static_select' ? brokenSelect(element) : brokenButton(element);
}

function brokenSelect(select: JsonObject): string[] {
    const groups = list(select.option_groups).map(object);
    const wrong = [...text(select.placeholder, 150, ['plain_text']), ...count(groups, 100)];
    if (typeof select.action_id !== 'string' || select.action_id.length > 255) wrong.push('invalid action_id');
    return [
        ...wrong,
        ...groups.flatMap(({ label, options }) => [
            ...text(label, 75, ['plain_text']),
            ...count(list(options), 100),
            ...list(options).flatMap(brokenOption),
        ]),
    ];
}

function brokenOption(option: Json): string[] {
    const { text: name, value } = object(option);
    const wrong =
        typeof value !== 'string' || value.length === 0 || value.length > 150
            ? ['option value too long or missing']
            : [];
    return [...wrong, ...text(name, 75, ['plain_text'])];
}

function brokenButton(button: JsonObject): string[] {
    const wrong = text(button.text, 75, ['plain_text']);
    if (typeof button.value === 'string' && button.value.length > 2000) wrong.push('value too long');
    if (typeof button.action_id !== 'string' || button.action_id.length > 255) wrong.push('invalid action_id');
    if (button.style !== undefined && button.style !== 'primary' && button.style !== 'danger')
        wrong.push('invalid style');
    if (button.confirm === undefined) return wrong;
    const { title, text: question, confirm, deny } = object(button.confirm);
    return [
        ...wrong,
        ...text(title, 100, ['plain_text']),
        ...text(question, 300),
        ...text(confirm, 30, ['plain_text']),
        ...text(deny, 30, ['plain_text']),
    ];
}

function text(value: Json | undefined, longest: number, types = ['plain_text', 'mrkdwn']): string[] {
    const { type, text: content } = object(value);
    if (typeof type !== 'string' || !types.includes(type)) return [`must be one of ${types.join(', ')}`];
    if (typeof content !== 'string' || content.length === 0) return ['must be more than 0 characters'];
    return content.length > longest ? [`must be less than ${longest + 1} characters`] : [];
}

function count(items: Json[], most: number): string[] {
    if (items.length === 0) return ['no items'];
    return items.length > most ? [`no more than ${most} items allowed`] : [];
}

function object(value: Json | undefined): JsonObject {
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function list(value: Json | undefined): Json[] {
    return Array.isArray(value) ? value : [];
}
