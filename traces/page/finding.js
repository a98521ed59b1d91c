// Search and filters: which steps say something, and which are shown.

const kKinds = {
  starts: ['start-ingress', 'start-request', 'start-task'],
  responses: ['deliver'],
  timers: ['fire-timer', 'advance-time', 'heartbeat'],
  faults: [
    'reject-request', 'drop-ingress', 'resubmit', 'expire-call', 'drop-request', 'manage', 'garble-reply',
  ],
};

class Finding extends Navigation {
  /** All that a step says, in small letters. */
  textOf(i) {
    this.texts = this.texts || [];
    if (this.texts[i] === undefined) {
      const step = this.model.steps[i];
      const parts = [step.event, step.lane || '', step.call || ''];
      for (const line of this.model.lines[i]) {
        parts.push(line.text, line.whole || '');
      }
      for (const access of step.accesses || []) {
        parts.push(access.variable || '', access.value || '');
      }
      this.texts[i] = parts.join('\n').toLowerCase();
    }
    return this.texts[i];
  }

  find(query, stay) {
    this.query = query;
    const wanted = query.toLowerCase();
    this.hits = [];
    if (wanted) {
      for (let i = 0; i < this.model.steps.length; ++i) {
        if (!this.diagram.isHidden(i) && this.textOf(i).includes(wanted)) {
          this.hits.push(i);
        }
      }
    }
    this.diagram.showHits(new Set(this.hits), wanted);
    if (!stay && this.hits.length) {
      this.select(this.hits.find((i) => i >= this.selected) ?? this.hits[0]);
    }
    this.showFound();
    this.drawMap();
    this.remember();
  }

  showFound() {
    const at = this.hits.indexOf(this.selected);
    this.found.textContent = !this.query ?
        '' :
        `${at >= 0 ? `${at + 1} of ` : ''}${this.hits.length} step${
            this.hits.length === 1 ? '' : 's'}`;
  }

  nextHit(by) {
    const next = by > 0 ? this.hits.find((i) => i > this.selected) ?? this.hits[0] :
                          this.hits.findLast((i) => i < this.selected) ?? this.hits.at(-1);
    if (next !== undefined) {
      this.select(next);
      this.showFound();
    }
  }

  filter() {
    const {steps} = this.model;
    const kinds = new Set([...this.hiddenKinds].flatMap((name) => kKinds[name] || []));
    const faults = this.hiddenKinds.has('faults');
    const variable = this.onlyVariable && this.model.variables.get(this.variable);
    const root = this.onlyCall && this.model.calls.get(this.onlyCall)?.root;
    const touches = (step) => (!variable.canister || step.lane === variable.canister) &&
        ((step.diffs || []).some((diff) => diff.variable === variable.variable) ||
         (step.accesses || []).some((access) => access.variable === variable.variable));
    this.diagram.isHidden = (i) => {
      const step = steps[i];
      return kinds.has(step.kind) || (faults && Boolean(step.fault)) ||
          this.hiddenLanes.has(laneOf(step)) || (variable && !touches(step)) ||
          (root && (step.call || '').split('/')[0] !== root);
    };
    this.diagram.hiddenLanes = this.hiddenLanes;
    this.diagram.layout();
    this.showFilters();
  }

  showFilters() {
    const toggle = (set, name) => () => {
      if (!set.delete(name)) {
        set.add(name);
      }
      this.filtered();
    };
    const box = (name, isOn, change) =>
        h('label', {}, h('input', {type: 'checkbox', checked: isOn, onchange: change}), ` ${name}`);
    const present = (kinds) => this.model.steps.some((step) => kinds.includes(step.kind));
    const roots = [...new Set([...this.model.calls.values()].map((call) => call.root))];
    const calls =
        h('select', {
          'aria-label': 'Only what belongs to one call',
          onchange: (event) => {
            this.onlyCall = event.target.value;
            this.filtered();
          },
        },
          h('option', {value: ''}, 'all calls'),
          roots.slice(0, 200).map(
              (name) =>
                  h('option', {value: name, selected: name === this.onlyCall}, `only ${name}`)));
    this.filters.replaceChildren(
        h('fieldset', {}, h('legend', {}, 'Lanes'),
          this.model.lanes.map(
              (lane) =>
                  box(lane.name, !this.hiddenLanes.has(lane.name),
                      toggle(this.hiddenLanes, lane.name)))),
        h('fieldset', {}, h('legend', {}, 'Events'),
          Object.keys(kKinds)
              .filter(
                  (name) => present(kKinds[name]) ||
                      (name === 'faults' && this.model.steps.some((step) => step.fault)))
              .map(
                  (name) =>
                      box(name, !this.hiddenKinds.has(name), toggle(this.hiddenKinds, name)))),
        h('fieldset', {}, h('legend', {}, 'Only'),
          box(`steps that touch ${this.variable || 'the chosen variable'}`, this.onlyVariable,
              (event) => {
                this.onlyVariable = event.target.checked;
                this.filtered();
              }),
          calls));
  }

  filtered() {
    const focused =
        [...this.filters.querySelectorAll('input, select')].indexOf(document.activeElement);
    this.filter();
    this.filters.querySelectorAll('input, select')[focused]?.focus();
    this.select(this.selected);
    if (this.query) {
      this.find(this.query, true);
    }
  }
}
