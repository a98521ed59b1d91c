// Values as trees, read from the text that traces show them in: `{owner = alice; amount = 5}`,
// `{alice -> 5}`, `[1, 2]`, `(1, "x")`, `?5`, `#Deposit {..}`, `record { a = opt 1 }`. What is
// none of these is one leaf, and so is a whole text that cannot be read.

/**
 * @returns {{text: string, head: string, open: string, entries: {key: string, value: object}[]}}
 */
function readValue(text) {
  const kClosing = {'(': ')', '[': ']', '{': '}'};
  const leaf = (of) => ({text: of, head: of, open: '', entries: []});
  let at = 0;

  function quoted() {
    const begin = at++;
    while (at < text.length && text[at] !== '"') {
      at += text[at] === '\\' ? 2 : 1;
    }
    at += 1;
    return text.slice(begin, at);
  }

  function value(depth) {
    const begin = at;
    let head = '';
    while (at < text.length && !'()[]{},;'.includes(text[at])) {
      if (text.startsWith(' = ', at) || text.startsWith(' -> ', at)) {
        break;
      }
      head += text[at] === '"' ? quoted() : text[at++];
    }
    const open = at < text.length && kClosing[text[at]] ? text[at] : '';
    if (!open || depth > 40) {
      return leaf(text.slice(begin, at).trim());
    }
    at += 1;
    const entries = [];
    for (;;) {
      while (text[at] === ' ') {
        at += 1;
      }
      if (at >= text.length) {
        throw new Error('unfinished');
      }
      if (text[at] === kClosing[open]) {
        at += 1;
        break;
      }
      const before = at;
      let element = value(depth + 1);
      let key = '';
      const link = text.startsWith(' = ', at) ? 3 : text.startsWith(' -> ', at) ? 4 : 0;
      if (link) {
        key = element.text;
        at += link;
        element = value(depth + 1);
      }
      entries.push({key, value: element});
      if (text[at] === ',' || text[at] === ';') {
        at += 1;
      } else if (at === before) {
        throw new Error('stuck');
      }
    }
    return {text: text.slice(begin, at).trim(), head: head.trim(), open, entries};
  }

  try {
    const read = value(0);
    return at >= text.length ? read : leaf(text);
  } catch {
    return leaf(text);
  }
}

/** `text` in at most `room` characters, what is too much taken out of its middle. */
function middleOut(text, room) {
  if (text.length <= room) {
    return text;
  }
  const kept = Math.max(room - 1, 2);
  const end = Math.floor(kept * 0.4);
  return `${text.slice(0, kept - end)}…${end ? text.slice(-end) : ''}`;
}

/** A variable's name in `room` characters: of `balances[{owner = bob; memo = null}]` first the null goes. */
function shortName(name, room) {
  const key = /^([\w.]+\[)(.*)(\]\S*)$/.exec(name);
  if (name.length <= room || !key) {
    return middleOut(name, room);
  }
  const [, begin, inner, end] = key;
  const read = readValue(inner);
  const some = read.entries.filter(({value}) => value.text !== 'null');
  if (read.open === '{' && some.length && some.length < read.entries.length) {
    const told = some.map((entry) => (entry.key ? `${entry.key} = ` : '') + entry.value.text).join('; ');
    const without = `${begin}{${told}; …}${end}`;
    if (without.length <= room) {
      return without;
    }
  }
  const left = room - begin.length - end.length;
  return left >= 4 ? begin + middleOut(inner, left) + end : middleOut(name, room);
}

/**
 * A change in `room` characters, as [name, value]: the name gives way first; of a large value only
 * the part that differs is told, and only where that is too much too is it cut, in the middle.
 */
function fittingChange(prefix, diff, room) {
  const kName = 14;
  let name = `${prefix}${diff.variable}`;
  let [before, after] = [diff.before, diff.after];
  const tooMuch = () => Math.min(name.length, kName) + before.length + after.length + 5 > room;
  if (tooMuch()) {
    const parts = differences(before, after);
    if (parts.length === 1 && parts[0].path) {
      name += parts[0].path;
      [before, after] = [parts[0].before, parts[0].after];
    }
  }
  if (tooMuch()) {
    const each = Math.max(4, Math.floor((room - Math.min(name.length, kName) - 5) / 2));
    const spare = Math.max(0, each - Math.min(before.length, after.length));
    before = middleOut(before, before.length > after.length ? each + spare : each);
    after = middleOut(after, after.length >= before.length ? each + spare : each);
  }
  const value = `${before} → ${after}`;
  return [shortName(name, Math.max(room - value.length - 2, 6)), value];
}

const kNone = '(none)';

/**
 * What differs between two values, leaf by leaf, each with its path.
 * @returns {{path: string, mark: '+' | '-' | '~', before: string, after: string}[]}
 */
function differences(before, after) {
  const found = [];

  function tell(path, old, now) {
    const mark = old === kNone ? '+' : now === kNone ? '-' : '~';
    found.push({path, mark, before: old, after: now});
  }

  function compare(path, old, now) {
    if (old.text === now.text) {
      return;
    }
    if (!old.open || old.open !== now.open || old.head !== now.head) {
      tell(path, old.text, now.text);
    } else if (old.entries.concat(now.entries).every((entry) => entry.key !== '')) {
      compareKeyed(path, old, now);
    } else {
      compareListed(path, old, now);
    }
  }

  function compareKeyed(path, old, now) {
    const then = new Map(old.entries.map((entry) => [entry.key, entry.value]));
    for (const {key, value} of now.entries) {
      if (then.has(key)) {
        compare(`${path}.${key}`, then.get(key), value);
      } else {
        tell(`${path}.${key}`, kNone, value.text);
      }
      then.delete(key);
    }
    for (const [key, value] of then) {
      tell(`${path}.${key}`, value.text, kNone);
    }
  }

  // What two lists have in common at the start and at the end stays; the rest is told in pairs.
  function compareListed(path, old, now) {
    const a = old.entries;
    const b = now.entries;
    let start = 0;
    while (start < a.length && start < b.length && a[start].value.text === b[start].value.text) {
      start += 1;
    }
    let end = 0;
    while (end < a.length - start && end < b.length - start &&
           a[a.length - 1 - end].value.text === b[b.length - 1 - end].value.text) {
      end += 1;
    }
    for (let i = start; i < Math.max(a.length, b.length) - end; ++i) {
      const here = `${path}[${i}]`;
      if (i < a.length - end && i < b.length - end) {
        compare(here, a[i].value, b[i].value);
      } else if (i < a.length - end) {
        tell(here, a[i].value.text, kNone);
      } else {
        tell(here, kNone, b[i].value.text);
      }
    }
  }

  if (before === kNone || after === kNone) {
    tell('', before, after);
  } else {
    compare('', readValue(before), readValue(after));
  }
  return found;
}
