// Another trace beside the one of the page: the schedule that passes, or a document that the reader
// opens. Steps stand in two columns, aligned; runs of equal ones are one line.

const kSigns = {
  same: '=',
  changed: '≠',
  moved: '↕',
  only: '±'
};
const kSignWords = {
  same: 'the same',
  changed: 'with other effects',
  moved: 'elsewhere',
  only: 'here only'
};

/** The trace document in a file: JSON, or a page that holds one. */
async function documentIn(text) {
  if (text.trimStart().startsWith('{')) {
    return JSON.parse(text);
  }
  const held = new DOMParser().parseFromString(text, 'text/html').getElementById('trace');
  if (!held) {
    throw new Error('there is no trace in it');
  }
  return JSON.parse(
      'deflated' in held.dataset ? await unpacked(held.textContent) : held.textContent);
}

class Comparison {
  /** @param {{select: (step: number) => void, close: () => void}} actions */
  constructor(model, other, title, actions) {
    this.model = model;
    this.other = understand(other);
    this.actions = actions;
    const rows = compareSteps(model.steps, this.other.steps);
    const ends = differentEnds(model.doc, other);
    this.element =
        h('section',
          {class: 'comparison', 'aria-label': 'Two schedules side by side', tabindex: '-1'},
          h('h2', {}, `Beside it: ${title} `, button('Close', {onclick: actions.close})),
          this.endsTable(ends, title),
          h('table', {},
            h('thead', {},
              h('tr', {}, h('th', {scope: 'col'}, 'this schedule'), h('th', {}, ''),
                h('th', {scope: 'col'}, title))),
            h('tbody', {}, this.folded(rows).map((row) => this.row(row)))));
  }

  endsTable(ends, title) {
    if (!ends.length) {
      return h('p', {}, 'Both end in the same state, and their calls with the same answers.');
    }
    const kShown = 30;
    return h(
        'table', {class: 'ends'},
        h('thead', {},
          h('tr', {},
            ['ends otherwise', 'here', title].map((name) => h('th', {scope: 'col'}, name)))),
        h('tbody', {},
          ends.slice(0, kShown).map(
              (end) =>
                  h('tr', {}, h('td', {}, h('code', {}, end.name)),
                    h('td', {}, h('del', {}, end.before)), h('td', {}, h('ins', {}, end.after))))));
  }

  /** Equal steps in the middle of a long run are told by their number. */
  folded(rows) {
    const kKept = 2;
    const folded = [];
    for (let i = 0; i < rows.length;) {
      let end = i;
      while (end < rows.length && rows[end].kind === 'same') {
        end += 1;
      }
      if (end - i > 2 * kKept + 1) {
        folded.push(
            ...rows.slice(i, i + kKept), {count: end - i - 2 * kKept},
            ...rows.slice(end - kKept, end));
      } else {
        folded.push(...rows.slice(i, Math.max(end, i + 1)));
      }
      i = Math.max(end, i + 1);
    }
    return folded;
  }

  row(row) {
    if (row.count) {
      return h('tr', {class: 'folded'}, h('td', {colspan: 3}, `⋮ ${row.count} equal steps`));
    }
    const sign = row.kind === 'only' ? (row.left >= 0 ? '−' : '+') : kSigns[row.kind];
    const words =
        row.kind === 'moved' ? `step ${row.other + 1} of the other` : kSignWords[row.kind];
    return h(
        'tr', {class: `compared ${row.kind}`},
        h('td', {}, row.left >= 0 ? this.step(this.model, row.left, true) : null),
        h('td', {class: 'sign', title: words, 'aria-label': words}, sign,
          row.kind === 'moved' ? h('small', {}, ` ${row.other + 1}`) : null),
        h('td', {}, row.right >= 0 ? this.step(this.other, row.right, false) : null));
  }

  step(model, i, isOurs) {
    const lines = model.lines[i];
    const title = `${i + 1}. ${laneOf(model.steps[i])}`;
    const head = isOurs ? button(title, {class: 'link', onclick: () => this.actions.select(i)}) :
                          h('b', {}, title);
    const told = lines.filter((line) => line.part !== 'note' && line.part !== 'end');
    return [
      head,
      h('ul', {}, told.map((line) => h('li', {class: `tone-${line.tone || 'plain'}`}, line.text)))
    ];
  }
}

/** Which step decides, and what the nearest schedule that passes does otherwise. */
function decisionCard(page) {
  const {doc, steps} = page.model;
  if (doc.never_passes) {
    return [h(
        'section', {class: 'card', 'aria-label': 'What decides'}, h('h2', {}, 'No order helps'),
        h('p', {}, 'It fails on every schedule: what is wrong is not the interleaving.'))];
  }
  const critical = (doc.critical_step || 0) - 1;
  if (critical < 0 || critical >= steps.length) {
    return [];
  }
  const passing = doc.sibling;
  const kShown = 3;
  const moved = passing && !passing.sentence ?
      compareSteps(steps, passing.steps)
          .filter((row) => row.left >= 0 && row.kind !== 'same' && row.kind !== 'changed')
          .slice(0, kShown) :
      [];
  return [h(
      'section', {class: 'card', 'aria-label': 'What decides'},
      h('h2', {}, stepLink(page, critical, `Step ${critical + 1}`), ' decides'),
      h('p', {}, 'Before it some continuation still passes, after it none does.'),
      passing?.sentence ? h('p', {class: 'remedy'}, `It passes when ${passing.sentence}.`) : null,
      moved.length ?
          h('ul', {},
            moved.map(
                (row) =>
                    h('li', {}, stepLink(page, row.left),
                      h('code', {}, ` ${shortened(page.model.lines[row.left][0].text)} `),
                      row.kind === 'moved' ? `comes as step ${row.other + 1} where it passes` :
                                             'does not happen where it passes'))) :
                                             null,
      passing ? button(
                                                       'Show the schedule that passes beside it (c)',
                                                       {onclick: () => page.comparePassing()}) :
                                                   null)];
}
