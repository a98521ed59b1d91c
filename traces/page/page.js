// The page: what is chosen, the keyboard, search, filters, permalinks. `HeddlePage.open(document)`
// draws a document; a page that holds one in its element #trace opens it by itself.

class Page extends Finding {
  /**
   * @param {object} doc a trace document
   * @param {{root?: Element, choose?: (step: number, event: string) => void,
   *     copies?: Record<string, string | () => Promise<string>>}} options `choose` is called when an
   *     alternative is chosen; without it the page says that a file cannot go on. `copies` are texts
   *     to offer by name. A live page (live.js) also gives `goOn` (the alternative, and then as it
   *     went), `path` and `follow` (the schedule in links), `tools`, `cards`, `keys`, `keyTexts`.
   */
  constructor(doc, options) {
    super();
    this.options = options;
    this.root = options.root || document.getElementById('page');
    this.selected = -1;
    this.race = 0;
    this.variable = '';
    this.watched = new Set();
    this.changedOnly = false;
    this.hiddenLanes = new Set();
    this.hiddenKinds = new Set();
    this.onlyVariable = false;
    this.onlyCall = false;
    this.query = '';
    this.hits = [];
    this.update(doc);
    addEventListener('keydown', (event) => this.key(event));
    addEventListener('pointerdown', (event) => this.closeMenus(event.target));
    addEventListener('hashchange', () => this.follow());
    addEventListener('beforeprint', () => this.print(true));
    addEventListener('afterprint', () => this.print(false));
  }

  /** Draws `doc` in place of what is drawn; the same step stays chosen if there is one. */
  update(doc) {
    this.model = understand(doc);
    this.race = Math.min(this.race, Math.max(0, this.model.races.length - 1));
    this.variable = this.model.variables.has(this.variable) ? this.variable : this.ofInterest();
    this.texts = null;
    this.diagram = new Diagram(this.model, {select: (i) => this.select(i)});
    this.build();
    const {failing, steps} = this.model;
    this.selected = Math.min(this.selected, steps.length - 1);
    if (this.selected < 0) {
      this.selected = failing >= 0 && failing < steps.length ? failing : steps.length - 1;
    }
    if (!this.follow()) {
      this.show();
    }
  }

  /** The variable that n, N and w are about until another is chosen: the race's, or one that the reason names. */
  ofInterest() {
    const {doc, failing, races, variables} = this.model;
    const why = `${doc.property?.name || ''} ${doc.property?.why || ''}`;
    const raced = races.map((race) => race.variable).find((name) => variables.has(name));
    const changed = (doc.steps?.[failing]?.diffs || []).map(nameOf);
    return raced || changed.find((name) => why.includes(name)) ||
        [...variables.keys()].find((name) => why.includes(name)) || changed[0] || '';
  }

  /** The same schedule, of which more is known now: what decides, and one that passes. */
  know(doc) {
    this.model.doc = doc;
    this.refreshSummary();
    this.diagram.layout();
    this.comparisons.replaceChildren(...this.comparisonChoices());
  }

  /** All that is chosen, drawn. */
  show() {
    const race = this.model.races[this.race];
    this.diagram.moments = race ? momentsOf(this.model, race) : [];
    this.diagram.selected = this.selected;
    this.refreshSummary();
    this.filter();
    this.search.value = this.query;
    this.select(this.selected, true);
    if (this.query || this.hits.length) {
      this.find(this.query, true);
    }
  }

  build() {
    document.title = `${this.model.doc.verdict || 'Replay'} ${
        this.model.doc.property?.name || ''} ${this.model.doc.scenario}`;
    this.status = h('p', {class: 'only-read', 'aria-live': 'polite'});
    this.summary = h('div', {class: 'summary'});
    this.side = h('aside', {class: 'side', 'aria-label': 'The chosen step and the state'});
    this.strip = h('div', {class: 'strip', 'aria-label': 'Watched variables'});
    this.map = h('div', {class: 'map', 'aria-hidden': 'true'});
    this.calls = callsPanel(this);
    this.comparison = null;
    this.root.replaceChildren(
        headline(this.model.doc, Boolean(this.options.path)), this.summary, this.toolbar(),
        h('div', {class: 'work'},
          this.stage =
              h('div', {class: 'stage'},
                this.model.steps.length ? null : h('p', {class: 'empty'}, 'Nothing has happened yet.'),
                h('div', {class: 'view'}, this.diagram.scroller, this.map),
                this.strip),
          this.side),
        this.status, this.keysDialog());
    this.map.addEventListener('click', (event) => {
      const box = this.map.getBoundingClientRect();
      const y = ((event.clientY - box.top) / box.height) * this.diagram.bottom;
      this.select(this.diagram.stepAt(y));
    });
  }

  toolbar() {
    const count = this.model.steps.length;
    const go = (text, label, action) =>
        button(text, {'aria-label': label, title: label, onclick: action});
    this.where = h('output', {class: 'where'});
    this.found = h('output', {class: 'found'});
    this.search = h('input', {
      type: 'search',
      placeholder: 'Search ( / )',
      'aria-label': 'Search the steps',
      oninput: () => this.find(this.search.value, false),
      onkeydown: (event) => {
        if (event.key === 'Enter') {
          this.nextHit(event.shiftKey ? -1 : 1);
        } else if (event.key === 'Escape') {
          this.search.value = '';
          this.find('', false);
          this.diagram.scroller.focus();
        }
      },
    });
    this.filters = h('div', {class: 'menu-body'});
    return h(
        'nav', {class: 'toolbar', 'aria-label': 'Steps, search, filters, copies'},
        h('span', {class: 'group'},
          go('|◀', 'The beginning (Home)', () => this.select(-1)),
          go('◀', 'Previous step (k)', () => this.move(-1)), this.where,
          go('▶', 'Next step (j)', () => this.move(1)),
          go('▶|', 'Last step (End)', () => this.select(this.nextVisible(count, -1)))),
        h('span', {class: 'group'}, this.search, this.found),
        h('details', {class: 'menu'}, h('summary', {}, 'Filter'), this.filters),
        h('details', {class: 'menu'}, h('summary', {}, 'Copy'),
          h('div', {class: 'menu-body'}, this.copies())),
        this.options.tools?.() || null,
        h('details', {class: 'menu'}, h('summary', {}, 'Compare'),
          this.comparisons = h('div', {class: 'menu-body'}, this.comparisonChoices())),
        h('span', {class: 'group'}, go('◐', 'Dark or light', () => this.toggleTheme()),
          button('Keys and signs', {title: 'Keys and signs (?)', onclick: () => this.dialog.showModal()})));
  }

  comparisonChoices() {
    const passing = this.model.doc.sibling ? [button('With a schedule that passes', {
      onclick: () => this.comparePassing(),
    })] :
                                             [];
    return [
      ...passing,
      h('label', {}, 'With another trace: a JSON document, or a page like this one ',
        h('input', {
          type: 'file',
          accept: '.json,.html',
          onchange: (event) => this.compareFile(event.target.files[0]),
        })),
    ];
  }

  copies() {
    const {doc} = this.model;
    const copy = (name, text) =>
        text ? [button(name, {onclick: (event) => this.copy(text, event.currentTarget)})] : [];
    return [
      copy('The command that shows it again', doc.repro && (() => doc.repro)),
      copy('The schedule', () => (doc.schedule || []).join('; ')),
      copy('The trace as JSON', () => `${JSON.stringify(doc, null, 2)}\n`),
      Object.entries(this.options.copies || {})
          .map(([name, text]) => copy(name, typeof text === 'function' ? text : () => text)),
      copy('A link to this view', () => location.href),
    ].flat(2);
  }

  async copy(text, asked) {
    try {
      await copyText(await text(), asked);
    } catch (error) {
      this.say(error.message);
    }
  }

  /** For a reader's eyes, too. */
  say(text) {
    this.status.textContent = text;
    this.status.classList.remove('only-read');
  }

  keysDialog() {
    this.dialog =
        h('dialog', {'aria-label': 'Keys'}, h('h2', {}, 'Keys'),
          h('dl', {}, [...kKeys, ...(this.options.keyTexts || [])].map(([keys, what]) => [h('dt', {}, keys), h('dd', {}, what)])),
          h('h2', {}, 'Signs'),
          h('dl', {}, kDrawn.map(([sign, what]) => [h('dt', {}, sign), h('dd', {}, what)])),
          h('form', {method: 'dialog'}, h('button', {}, 'Close')));
    return this.dialog;
  }

  // ---- What is chosen.

  select(i, quietly) {
    const count = this.model.steps.length;
    this.selected = Math.max(-1, Math.min(i, count - 1));
    this.answer = null;
    this.diagram.select(this.selected);
    this.refresh();
    if (!quietly) {
      this.remember();
      this.status.textContent = this.selected < 0 ? '' : this.diagram.describe(this.selected);
    }
  }

  /** Everything around the drawing, for the chosen step. */
  refresh() {
    const count = this.model.steps.length;
    this.where.textContent =
        this.selected < 0 && count ? 'before step 1' : `step ${this.selected + 1} of ${count}`;
    this.side.replaceChildren(
        ...(this.options.cards?.(this) || []), stepPanel(this), ...alternativesPanel(this),
        ...propertiesPanel(this), statePanel(this), this.calls);
    this.strip.replaceChildren(...watchStrip(this));
    this.drawMap();
  }

  /** The verdict's reasons; they do not depend on the chosen step. */
  refreshSummary() {
    this.summary.replaceChildren(
        ...whyCard(this), ...raceCard(this), ...decisionCard(this), ...triedCard(this));
  }

  showRace(number) {
    this.race = number;
    const race = this.model.races[number];
    this.diagram.showMoments(race ? momentsOf(this.model, race) : []);
    this.refreshSummary();
    this.remember();
  }

  chooseVariable(name) {
    this.variable = name;
    if (this.onlyVariable) {
      this.filter();
    }
    this.refreshSummary();
    this.refresh();
    this.remember();
  }

  watch(name) {
    if (!this.watched.delete(name)) {
      this.watched.add(name);
    }
    this.refresh();
    this.remember();
  }

  showChangedOnly(only) {
    this.changedOnly = only;
    this.refresh();
  }

  /** The nearest schedule that passes beside this one, or away again. */
  comparePassing() {
    const {sibling} = this.model.doc;
    if (this.comparison) {
      this.closeComparison();
    } else if (sibling) {
      this.compare(
          {...this.model.doc, ...sibling, races: [], property: undefined},
          'a schedule that passes');
    } else {
      this.say('No schedule that passes is known');
    }
  }

  async compareFile(file) {
    try {
      const doc = await documentIn(await file.text());
      if (!String(doc.schema).startsWith('heddle/trace/')) {
        throw new Error('it is no trace of Heddle\'s');
      }
      this.compare(doc, file.name);
    } catch (error) {
      this.say(`${file.name} cannot be compared: ${error.message}`);
    }
  }

  compare(doc, title) {
    this.closeComparison();
    this.comparison = new Comparison(this.model, doc, title, {
                        select: (i) => {
                          this.closeComparison();
                          this.select(i);
                        },
                        close: () => this.closeComparison(),
                      }).element;
    this.stage.hidden = true;
    this.stage.before(this.comparison);
    this.comparison.focus();
  }

  /** All menus but the one that holds `element`. */
  closeMenus(element) {
    for (const menu of this.root.querySelectorAll('details.menu[open]')) {
      menu.open = menu.contains(element);
    }
  }

  closeComparison() {
    this.comparison?.remove();
    this.comparison = null;
    this.stage.hidden = false;
  }

  choose(event) {
    const step = this.model.steps[this.selected];
    if (event === step.event) {
      return;
    }
    if (this.options.choose) {
      this.options.choose(this.selected + 1, event);
      return;
    }
    const before = this.model.steps.slice(0, this.selected).map((each) => each.event);
    const schedule = [...before, event].join('; ');
    const repro = this.model.doc.repro || '';
    const command = / --schedule '[^']*'/.test(repro) && !schedule.includes('\'') ?
        repro.replace(/ --schedule '[^']*'/, () => ` --schedule '${schedule}'`) :
        '';
    this.answer =
        h('p', {class: 'answer', role: 'status'},
          'This file holds one schedule and cannot go another way. ',
          command ?
              [
                'The command that does: ', h('code', {}, command), ' ',
                button('copy', {onclick: (asked) => copyText(command, asked.currentTarget)})
              ] :
              ['Replay this schedule with the heddle command: ', h('code', {}, schedule)]);
    this.refresh();
  }

  // ---- The whole at a glance.

  drawMap() {
    const {bottom, top, height} = this.diagram;
    const count = this.model.steps.length;
    this.map.hidden = count < 30;
    if (this.map.hidden) {
      return;
    }
    const marks = [];
    const mark = (i, kind) => {
      if (height[i] > 0) {
        const y = `${(top[i] / bottom) * 100}%`;
        marks.push(h('i', {class: kind, style: {top: y}}));
      }
    };
    const kShown = 400;
    this.hits.slice(0, kShown).forEach((i) => mark(i, 'hit'));
    this.mapFaults = this.mapFaults?.of === this.model ? this.mapFaults : {
      of: this.model,
      steps: this.model.steps.flatMap((step, i) => (step.fault || step.rolled_back ? [i] : []))
                 .slice(0, kShown),
    };
    this.mapFaults.steps.forEach((i) => mark(i, 'fault'));
    this.diagram.moments.forEach((moment) => mark(moment.step, 'moment'));
    if (this.model.failing >= 0 && this.model.failing < count) {
      mark(this.model.failing, 'failing');
    }
    if (this.selected >= 0) {
      mark(this.selected, 'selected');
    }
    this.map.replaceChildren(...marks);
  }

  // ---- Links to a view.

  remember() {
    const words = new URLSearchParams();
    const put = (name, value) => value && words.set(name, value);
    put('s', this.selected >= 0 ? String(this.selected + 1) : '0');
    put('var', this.variable);
    put('watch', [...this.watched].join('|'));
    put('race', this.race ? String(this.race + 1) : '');
    put('lanes', [...this.hiddenLanes].map((name) => `-${name}`).join('|'));
    put('events', [...this.hiddenKinds].map((name) => `-${name}`).join('|'));
    put('call', this.onlyCall || '');
    put('only', this.onlyVariable && this.variable ? 'var' : '');
    put('q', this.query);
    put('theme', document.documentElement.dataset.theme || '');
    if (this.options.path) {
      words.set('path', this.options.path());
    }
    const hash = `#${words}`;
    this.ownHash = hash;
    if (hash !== location.hash) {
      try {
        history.replaceState(history.state, '', hash);
      } catch {
        location.hash = hash;
      }
    }
  }

  /** Shows what the link says; false when it is the page's own, or says nothing. */
  follow() {
    if (location.hash.length < 2 || location.hash === this.ownHash) {
      return false;
    }
    const words = new URLSearchParams(location.hash.slice(1));
    if (this.options.follow?.(words)) {
      return true;
    }
    const list = (name) => (words.get(name) || '').split('|').filter(Boolean);
    const hidden = (name) => new Set(list(name).map((word) => word.replace(/^-/, '')));
    if (words.has('s')) {
      this.selected = Number.parseInt(words.get('s'), 10) - 1 || 0;
      this.selected = words.get('s') === '0' ? -1 : this.selected;
    }
    this.variable = this.model.variables.has(words.get('var')) ? words.get('var') : this.variable;
    this.watched = words.has('watch') ? new Set(list('watch')) : this.watched;
    this.hiddenLanes = hidden('lanes');
    this.hiddenKinds = hidden('events');
    this.onlyCall = words.get('call') || '';
    this.onlyVariable = words.get('only') === 'var';
    if (words.get('theme')) {
      document.documentElement.dataset.theme = words.get('theme');
    }
    const race = (Number.parseInt(words.get('race'), 10) || 1) - 1;
    this.race = Math.max(0, Math.min(race, this.model.races.length - 1));
    this.query = words.get('q') || '';
    this.show();
    return true;
  }

  toggleTheme() {
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    const now = document.documentElement.dataset.theme || (dark ? 'dark' : 'light');
    document.documentElement.dataset.theme = now === 'dark' ? 'light' : 'dark';
    this.remember();
  }

  /** On paper every step stands in the page; of very many those around the chosen one. */
  print(begins) {
    const kPrinted = 400;
    const count = this.model.steps.length;
    this.calls.open = begins;
    if (begins && count > kPrinted) {
      const from = Math.max(0, Math.min(this.selected - kPrinted / 2, count - kPrinted));
      this.shownBefore = this.diagram.isHidden;
      const hidden = this.diagram.isHidden;
      this.diagram.isHidden = (i) => i < from || i >= from + kPrinted || hidden(i);
    } else if (!begins && this.shownBefore) {
      this.diagram.isHidden = this.shownBefore;
      this.shownBefore = null;
    }
    this.diagram.print(begins);
    this.diagram.select(this.selected);
  }
}

globalThis.HeddlePage = {
  open: (doc, options) => new Page(doc, options || {}),
  differences,
  understand,
  parts: {h, button, outlook, meaningOf, messagesBefore},
};

/** The document that the page holds; a large one is deflated, in base64. */
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Response(stream).text();
}

const held = document.getElementById('trace');
if (held) {
  const show = (text) => {
    const copies = JSON.parse(document.getElementById('copies').textContent);
    globalThis.heddlePage = HeddlePage.open(JSON.parse(text), {copies});
  };
  if ('deflated' in held.dataset) {
    unpacked(held.textContent).then(show);
  } else {
    show(held.textContent);
  }
}
