// Elements by name, attributes and children. Styles are set as properties, since the page's policy
// forbids style attributes; texts are always text, never markup.

/** Control characters and those that turn the direction of writing, told instead of obeyed. */
function printable(text) {
  return text.replace(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
      (sign) => `\\u{${sign.codePointAt(0).toString(16)}}`);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) {
      continue;
    }
    if (name === 'style') {
      Object.assign(element.style, value);
    } else if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) {
      element.append(child instanceof Node ? child : printable(String(child)));
    }
  }
  return element;
}

function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function button(text, attributes, ...children) {
  return h('button', {type: 'button', ...attributes}, text, ...children);
}

/** Copies, and says so on the button that asked; where the browser refuses, shows what to copy. */
async function copyText(text, asked) {
  const say = (word) => {
    const before = asked.dataset.label || asked.textContent;
    asked.dataset.label = before;
    asked.textContent = word;
    setTimeout(() => {
      asked.textContent = before;
    }, 1500);
  };
  const area = h('textarea', {class: 'to-copy', readonly: true, 'aria-label': 'Text to copy'});
  try {
    await navigator.clipboard.writeText(text);
    say('copied');
    return;
  } catch {
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    say(copied ? 'copied' : 'not allowed here');
    asked.focus();
  }
}
