// The live page: the server that it came from replays schedules, and what is chosen in the page
// makes the next one. The schedule stands in the address, so that the browser's own history undoes
// and repeats, and a link shows what it showed. What the server answers: suite/internal/explorer.h.

const {h, button, outlook, meaningOf, messagesBefore} = globalThis.HeddlePage.parts;
const about = JSON.parse(document.getElementById('about').textContent);

async function ask(what, question) {
  let answer;
  try {
    answer = await fetch(what, {
      method: 'POST',
      headers: {'Content-Type': 'application/json'},
      body: JSON.stringify(question),
    });
  } catch {
    throw new Error('The server does not answer: has heddle explore ended?');
  }
  const document = await answer.json();
  if (!answer.ok) {
    throw new Error(document.error);
  }
  return document;
}

const kKeyTexts = [
  ['1 to 9', 'the first to ninth event that can happen next'],
  ['e', 'go on to the end'],
  ['Backspace', 'take the last event back'],
  ['u, U', 'undo and redo'],
];

class Live {
  constructor() {
    this.doc = null;
    this.page = null;
    this.asked = 0;
    this.error = '';
    this.checked = null;
    this.checking = false;
    this.at = history.state?.at || 0;
    this.top = this.at;
    addEventListener('popstate', (event) => {
      this.at = event.state?.at || 0;
    });
  }

  get schedule() {
    return this.doc?.schedule || [];
  }

  path() {
    return this.schedule.join('; ');
  }

  /** The first document: of the link that was followed, else where the server begins. */
  begin() {
    const words = new URLSearchParams(location.hash.slice(1));
    const schedule = words.has('path') ? this.read(words) : about.begin;
    this.load({schedule}, {first: true});
  }

  read(words) {
    return words.get('path').split(';').map((event) => event.trim()).filter(Boolean);
  }

  /**
   * Asks for a schedule, and draws what comes. `how.goes`: it is a step of the reader's, to be
   * undone; `how.select`: the step to choose, from 0.
   */
  async load(question, how) {
    const number = ++this.asked;
    this.error = '';
    try {
      const doc = await ask('replay', question);
      if (number === this.asked) {
        this.draw(doc, how);
        if (doc.property && !question.compares) {
          this.compare(number);
        }
      }
    } catch (error) {
      if (number === this.asked) {
        this.error = error.message;
        this.refresh(how);
      }
    }
  }

  draw(doc, how) {
    this.doc = doc;
    const last = doc.schedule.length - 1;
    const failing = doc.property ? doc.property.step - 1 : last;
    if (how.goes) {
      this.at += 1;
      this.top = this.at;
      history.pushState({at: this.at}, '', location.hash);
    }
    if (!this.page) {
      this.page = globalThis.HeddlePage.open(doc, this.options());
      globalThis.heddlePage = this.page;
      this.page.remember();
      return;
    }
    const focused = document.activeElement?.dataset?.focus;
    this.page.selected = how.atFailure ? Math.max(failing, 0) : last;
    this.page.update(doc);
    this.page.remember();
    if (focused) {
      this.page.root.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
    }
  }

  /** Draws the cards again; where there is no page yet, one of nothing. */
  refresh() {
    if (this.page) {
      this.page.refresh();
    } else {
      document.getElementById('page').replaceChildren(...this.cards(null));
    }
  }

  /** What takes a second: the critical step and the nearest schedule that passes. */
  async compare(number) {
    try {
      const doc = await ask('replay', {schedule: this.schedule, compares: true});
      if (number === this.asked && (doc.sibling || doc.critical_step || doc.never_passes)) {
        this.doc = doc;
        this.page.know(doc);
      }
    } catch {
      // The page is as good without.
    }
  }

  // ---- What the reader does.

  go(schedule, more) {
    this.checked = more?.checked || null;
    return this.load({schedule, ...more?.question}, {goes: true, atFailure: more?.atFailure});
  }

  /** Another event in place of step `number` (from 1), and nothing after it. */
  choose(number, event) {
    this.go([...this.schedule.slice(0, number - 1), event]);
  }

  /** The same, and then the rest of the schedule as far as it is possible, to the end. */
  goOn(number, event) {
    const question = {then: this.schedule.slice(number - 1), to_end: true};
    const at = question.then.indexOf(event);
    if (at >= 0) {
      question.then.splice(at, 1);
    }
    this.go([...this.schedule.slice(0, number - 1), event], {question, atFailure: true});
  }

  chooseNext(k) {
    const next = this.doc.next?.[k];
    if (next) {
      this.choose(this.schedule.length + 1, next.event);
    }
  }

  toTheEnd() {
    if (this.doc.next?.length) {
      this.go(this.schedule, {question: {to_end: true}, atFailure: true});
    }
  }

  takeBack() {
    if (this.schedule.length) {
      this.go(this.schedule.slice(0, -1));
    }
  }

  undo() {
    if (this.at > 0) {
      history.back();
    }
  }

  redo() {
    if (this.at < this.top) {
      history.forward();
    }
  }

  async check() {
    this.checking = true;
    this.checked = null;
    this.error = '';
    this.refresh();
    try {
      const checked = await ask('check', {});
      this.checking = false;
      if (checked.schedule) {
        await this.go(checked.schedule, {checked, atFailure: true});
      } else {
        this.checked = checked;
      }
    } catch (error) {
      this.checking = false;
      this.error = error.message;
    }
    this.refresh();
  }

  async save() {
    try {
      const {file} = await ask('save', {schedule: this.schedule});
      this.page.say(`saved as ${file}`);
    } catch (error) {
      this.error = error.message;
      this.refresh();
    }
  }

  /** A trace document, which `heddle replay` and `heddle explore` take. */
  download() {
    const text = `${JSON.stringify(this.doc, null, 2)}\n`;
    const url = URL.createObjectURL(new Blob([text], {type: 'application/json'}));
    const name = about.scenario.replace(/[^\w.-]+/g, '_');
    h('a', {href: url, download: `${name}.json`}).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  }

  // ---- What the page is given.

  options() {
    const keys = {
      u: () => this.undo(),
      U: () => this.redo(),
      e: () => this.toTheEnd(),
      Backspace: () => this.takeBack(),
    };
    for (let k = 0; k < 9; ++k) {
      keys[String(k + 1)] = () => this.chooseNext(k);
    }
    return {
      choose: (number, event) => this.choose(number, event),
      goOn: (number, event) => this.goOn(number, event),
      path: () => this.path(),
      follow: (words) => this.follow(words),
      tools: () => this.tools(),
      cards: (page) => this.cards(page),
      copies: Object.fromEntries(
          about.formats.filter(({name}) => name !== 'html' && name !== 'json')
              .map(({name, help}) => [`${name}: ${help}`, () => this.exported(name)])),
      keys,
      keyTexts: kKeyTexts,
    };
  }

  async exported(format) {
    return (await ask('export', {schedule: this.schedule, format})).text;
  }

  /** Whether the link is of another schedule, which is then loaded. */
  follow(words) {
    if (!words.has('path') || this.read(words).join('; ') === this.path()) {
      return false;
    }
    this.checked = null;
    this.load({schedule: this.read(words)}, {});
    return true;
  }

  tools() {
    const tool = (focus, text, label, action, isOff) => button(text, {
      'data-focus': focus,
      'aria-label': label,
      title: label,
      disabled: isOff,
      onclick: action,
    });
    return [
      h('span', {class: 'group live'},
        tool('undo', '↶', 'Undo (u)', () => this.undo(), this.at === 0),
        tool('redo', '↷', 'Redo (U)', () => this.redo(), this.at >= this.top),
        tool('back', '⌫', 'Take the last event back (Backspace)', () => this.takeBack(),
             !this.schedule.length),
        tool('end', 'To the end', 'What can happen first, until nothing can (e)',
             () => this.toTheEnd(), !this.doc.next?.length),
        tool('check', 'Find a counterexample', 'Explores every schedule, and goes to one that fails',
             () => this.check(), this.checking)),
      h('details', {class: 'menu'}, h('summary', {}, 'Save'),
        h('div', {class: 'menu-body'},
          button('Download this trace', {onclick: () => this.download()}),
          about.file ? button(`Save it as ${about.file}`, {onclick: () => this.save()}) : null)),
    ];
  }

  cards(page) {
    return [this.errorCard(), this.checkCard(), this.nextCard(page)].filter(Boolean);
  }

  errorCard() {
    return this.error ?
        h('section', {class: 'card wrong', role: 'alert'}, h('h2', {}, 'That did not work'),
          h('pre', {}, this.error), button('close', {
            onclick: () => {
              this.error = '';
              this.refresh();
            },
          })) :
        null;
  }

  checkCard() {
    if (this.checking) {
      return h('section', {class: 'card', role: 'status'},
               h('h2', {}, 'Exploring every schedule …'),
               button('Stop', {onclick: () => ask('stop', {}).catch(() => {})}));
    }
    const {checked} = this;
    if (!checked) {
      return null;
    }
    const isShown = checked.schedule?.join('; ') === this.path();
    const [line, ...rest] = checked.text.trimEnd().split('\n');
    const outcomes = checked.outcomes.map(({set, value, schedule}) => h('li', {}, button(
        `${set}: ${value}`, {
          title: 'A schedule that ends so',
          onclick: () => this.go(schedule, {checked}),
        })));
    return h(
        'section', {class: 'card checked', role: 'status'},
        h('h2', {}, isShown ? 'This is the counterexample ' : 'Explored ', button('close', {
            class: 'link',
            onclick: () => {
              this.checked = null;
              this.refresh();
            },
          })),
        h('p', {}, line),
        checked.schedule && !isShown ? button('Go to the counterexample', {
          onclick: () => this.go(checked.schedule, {checked, atFailure: true}),
        }) :
                                       null,
        h('details', {}, h('summary', {}, 'More'), h('pre', {}, rest.join('\n'))),
        outcomes.length ? [h('h3', {}, 'How it can end'), h('ul', {class: 'alternatives'}, outcomes)] :
                          null);
  }

  nextCard(page) {
    if (!this.doc) {
      return null;
    }
    const next = this.doc.next || [];
    const last = this.schedule.length;
    const messages = page && messagesBefore(page.model, last);
    return h(
        'section', {class: 'card next', 'aria-label': 'What can happen next'},
        h('h2', {}, !next.length ? `Nothing can happen after step ${last}` :
                    last         ? `What happens after step ${last}, the last?` :
                                   'What happens first?'),
        h('ul', {class: 'next-events'},
          next.map((alternative, k) => h('li', {},
                                         h('kbd', {'aria-hidden': 'true'}, k < 9 ? k + 1 : ''),
                                         button(alternative.event, {
                                           'data-focus': `next ${k}`,
                                           onclick: () => this.chooseNext(k),
                                         }),
                                         messages && meaningOf(messages, alternative.event),
                                         outlook(page, last, alternative)))));
  }
}

new Live().begin();
