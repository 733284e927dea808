// Elements from values. Nothing here makes markup from text, so no value can become any.

const SVG = "http://www.w3.org/2000/svg";

// Characters that change the direction or the look of the text around them are shown by their
// code: a name must not be able to look like another one.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const shown = (char) => `⟨U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;

// Text from outside, safe to read.
export const visible = (text) => String(text).replace(HIDDEN, shown);

// An element with attributes and children: elements, texts, lists of both, or nothing.
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

// A name from outside: its direction ends with it.
export const name = (text) => el("bdi", {}, visible(text));

// Makes `old` look like `fresh`, touching only what differs: focus, scroll and selection stay.
export function morph(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const wanted = [...fresh.childNodes];
  wanted.forEach((node, at) => {
    const there = old.childNodes[at];
    if (!there) old.append(node);
    else if (!alike(there, node)) there.replaceWith(node);
    else if (node instanceof Element) morph(there, node);
    else if (there.nodeValue !== node.nodeValue) there.nodeValue = node.nodeValue;
  });
  while (old.childNodes.length > wanted.length) old.lastChild.remove();
}

const alike = (a, b) =>
  a.nodeType === b.nodeType && a.nodeName === b.nodeName &&
  (!(a instanceof Element) || a.getAttribute("data-key") === b.getAttribute("data-key"));
