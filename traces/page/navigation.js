// Going about the steps: by rows that are shown, by call, by variable, by race, with the keys.

const kKeys = [
  ['↓ j, ↑ k', 'next and previous step'],
  ['Home, End', 'the beginning, before step 1, and the last step'],
  ['Page Down, Page Up', 'ten steps on and back'],
  ['→, ←', 'next and previous step of the same call'],
  ['n, N', 'next and previous change of the chosen variable'],
  ['r', 'next moment of the race'],
  ['f', 'the step after which the property fails'],
  ['Esc', 'closes what is open; else no variable is chosen any more'],
  ['/', 'search; Enter and Shift+Enter go to the next and previous hit'],
  ['w', 'watch the chosen variable'],
  ['c', 'the schedule that passes beside this one, where one is known'],
  ['?', 'these keys'],
];

/** What is drawn, and how messages are called. */
const kDrawn = [
  ['solid bar', 'the code of a call runs'],
  ['hatched bar', 'the call is suspended at an await; messages may come in between'],
  ['✓', 'what was done so far is committed, and stays'],
  ['↺, dashed red', 'a trap: what was done since the last ✓ is undone'],
  ['⌀', 'a message that does not arrive in this schedule'],
  ['bars beside a lane', 'what a call holds meanwhile, and how many messages wait'],
  ['a, b, c', 'what the race consists of, in this order'],
  ['alice#1', "alice's first call"],
  ['alice#1/2', 'the second call that this call makes'],
  ['ledger!1', 'a task of the ledger by itself: a timer or a heartbeat'],
  ['start bank>ledger', 'the oldest request from bank to ledger starts'],
  ['deliver alice#1/2', 'the answer to that call arrives'],
  ['reject bank>ledger@1', 'the first request in that queue is rejected before it starts'],
];

class Navigation {
  nextVisible(from, by) {
    const count = this.model.steps.length;
    for (let i = from + by; i >= 0 && i < count; i += by) {
      if (!this.diagram.isHidden(i)) {
        return i;
      }
    }
    return Math.max(0, Math.min(from, count - 1));
  }

  move(by) {
    let i = this.selected;
    for (let k = 0; k < Math.abs(by); ++k) {
      const next = this.nextVisible(i, Math.sign(by));
      // Before the first that is shown is the beginning.
      i = by < 0 && (next === i || i < 0) ? -1 : next;
    }
    this.select(i);
  }

  moveInCall(by) {
    const name = this.model.steps[this.selected]?.call;
    const pieces = this.model.calls.get(name)?.pieces || [];
    const next =
        by > 0 ? pieces.find((i) => i > this.selected) : pieces.findLast((i) => i < this.selected);
    if (next !== undefined) {
      this.select(next);
    }
  }

  moveToChange(by) {
    const variable = this.model.variables.get(this.variable);
    if (!variable) {
      this.say('Choose a variable first: click on its name.');
      return;
    }
    const changes = variable.changes.map((change) => change.step);
    const next = by > 0 ? changes.find((i) => i > this.selected) :
                          changes.findLast((i) => i < this.selected);
    if (next !== undefined) {
      this.select(next);
    }
  }

  moveToMoment() {
    const steps = this.diagram.moments.map((moment) => moment.step);
    if (steps.length) {
      this.select(steps.find((i) => i > this.selected) ?? steps[0]);
    }
  }

  /** Closes what is open; where nothing is, no variable is chosen any more. */
  leave() {
    if (this.comparison || this.root.querySelector('details.menu[open]')) {
      this.closeMenus(null);
      this.closeComparison();
    } else {
      this.chooseVariable('');
    }
  }

  key(event) {
    const typing = event.target.closest?.('input, textarea, dialog');
    if (typing || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const inMenu = event.target.closest?.('button, summary, a');
    const actions = {
      ArrowDown: () => this.move(1),
      j: () => this.move(1),
      ArrowUp: () => this.move(-1),
      k: () => this.move(-1),
      PageDown: () => this.move(10),
      PageUp: () => this.move(-10),
      Home: () => this.select(-1),
      End: () => this.select(this.nextVisible(this.model.steps.length, -1)),
      ArrowRight: () => this.moveInCall(1),
      ArrowLeft: () => this.moveInCall(-1),
      n: () => this.moveToChange(1),
      N: () => this.moveToChange(-1),
      r: () => this.moveToMoment(),
      f: () => this.model.failing >= 0 && this.select(this.model.failing),
      w: () => this.variable && this.watch(this.variable),
      c: () => this.comparePassing(),
      Escape: () => this.leave(),
      '/': () => this.search.focus(),
      '?': () => this.dialog.showModal(),
    };
    const action = actions[event.key] || this.options.keys?.[event.key];
    if (action && !(inMenu && event.key === 'Enter')) {
      event.preventDefault();
      action();
    }
  }
}
