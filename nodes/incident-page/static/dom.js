const HANDLERS = ['onclick', 'onchange', 'ontoggle'];

/** An element; text goes in as text only, so nothing an alert says becomes markup. Absent children are left out. */
export function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (HANDLERS.includes(key)) made[key] = value;
        else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
    }
    made.append(
        ...children.filter((child) => child !== undefined && child !== null && child !== false && child !== ''),
    );
    return made;
}

/**
 * Makes the children of `parent` what `wanted` says, in place: what stays the same element keeps its focus, its
 * scroll position, and whether it is unfolded. Elements are told apart by `data-key`, else by their order.
 */
export function patch(parent, wanted) {
    const keys = new Set(wanted.map(keyOf));
    let at = parent.firstChild;
    for (const child of wanted) {
        while (at && !keys.has(keyOf(at))) at = removed(at);
        if (at && keyOf(at) === keyOf(child)) {
            patchNode(at, child);
            at = at.nextSibling;
        } else {
            parent.insertBefore(child, at);
        }
    }
    while (at) at = removed(at);
}

function patchNode(node, wanted) {
    if (node.nodeType === Node.TEXT_NODE) {
        if (node.data !== wanted.data) node.data = wanted.data;
        return;
    }
    patchAttributes(node, wanted);
    for (const handler of HANDLERS) node[handler] = wanted[handler];
    if (!('keep' in wanted.dataset)) patch(node, [...wanted.childNodes]);
}

/** Whether `details` is open is up to the reader. */
function patchAttributes(node, wanted) {
    for (const { name } of [...node.attributes]) {
        if (name !== 'open' && !wanted.hasAttribute(name)) node.removeAttribute(name);
    }
    for (const { name, value } of wanted.attributes) {
        if (name !== 'open' && node.getAttribute(name) !== value) node.setAttribute(name, value);
    }
}

function keyOf(node) {
    return node.dataset?.key ?? node.nodeName;
}

function removed(node) {
    const next = node.nextSibling;
    node.remove();
    return next;
}
