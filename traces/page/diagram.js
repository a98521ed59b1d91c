// The drawing: a row for each step, a lane for each canister, bars for open calls, arrows for
// messages. Only the rows near what is seen are in the page, so that ten thousand steps scroll like
// ten. Text is HTML, in rows; bars, arrows and the race's bracket are one SVG behind it.

const kOverscan = 600;
const kCrowd = 40;  // arrows at once from which on only those of the chosen step stand out

class Diagram extends Drawing {
  /** @param {{select: (step: number) => void}} actions */
  constructor(model, actions) {
    super(model);
    this.actions = actions;
    this.selected = -1;
    this.moments = [];
    this.hits = new Set();
    this.query = '';
    this.rows = new Map();
    this.range = null;
    this.everything = false;
    this.head = h('div', {class: 'lane-heads', 'aria-hidden': 'true'});
    this.back = svg('svg', {class: 'drawing', 'aria-hidden': 'true'});
    this.front = svg('svg', {class: 'drawing hits', 'aria-hidden': 'true'});
    this.guides = h('div', {class: 'guides', 'aria-hidden': 'true'});
    this.band = h('div', {class: 'band', 'aria-hidden': 'true'});
    this.canvas = h('div', {class: 'canvas', role: 'presentation'}, this.guides, this.band, this.back, this.front);
    this.scroller =
        h('div', {
          class: 'diagram',
          role: 'listbox',
          tabindex: '0',
          'aria-label': 'The steps of the schedule',
          onscroll: () => this.soon(),
        },
          this.head, this.canvas);
    this.scroller.style.setProperty('--number', `${this.number - 2}px`);
    this.patterns = this.makePatterns();
    new ResizeObserver(() => {
      if (this.top && !this.everything) {
        if (this.scroller.clientWidth !== this.laidOut) {
          this.layout();
        } else {
          this.soon();
        }
      }
    }).observe(this.scroller);
  }

  // ---- Where everything is.

  layout() {
    this.character = this.character || this.measure();
    this.laidOut = this.scroller.clientWidth;
    this.rowsLayout();
    this.lanesLayout();
    this.rows.forEach((row) => row.remove());
    this.rows.clear();
    this.range = null;
    this.canvas.style.height = `${this.bottom + 8}px`;
    this.canvas.style.width = `${this.width}px`;
    this.head.style.width = `${this.width}px`;
    this.drawHeads();
    if (this.selected >= 0) {
      this.reveal(this.selected);
    }
    this.render();
  }

  /** Pixels that a character of the lanes' text takes. */
  measure() {
    const sample = h('span', {class: 'line sample'}, 'x'.repeat(50));
    this.canvas.append(sample);
    const width = sample.getBoundingClientRect().width / 50;
    sample.remove();
    return width || 7.3;
  }

  // ---- What is seen.

  soon() {
    if (!this.waiting) {
      this.waiting = true;
      requestAnimationFrame(() => {
        this.waiting = false;
        this.render();
      });
    }
  }

  render() {
    if (!this.top || !this.model.steps.length) {
      return;
    }
    const from = this.scroller.scrollTop;
    const to = from + this.scroller.clientHeight;
    if (this.range && from >= this.range.from + kOverscan / 4 - (this.range.from <= 0 ? 1e9 : 0) &&
        to <= this.range.to - kOverscan / 4 + (this.range.to >= this.bottom ? 1e9 : 0)) {
      return;
    }
    this.range = this.everything ?
        {from: 0, to: this.bottom + 8} :
        {from: Math.max(0, from - kOverscan), to: Math.min(this.bottom + 8, to + kOverscan)};
    this.renderRows();
    this.redraw();
  }

  renderRows() {
    const first = this.stepAt(this.range.from);
    const last = this.stepAt(this.range.to);
    for (const [i, row] of this.rows) {
      if (i < first || i > last) {
        row.remove();
        this.rows.delete(i);
      }
    }
    const fresh = document.createDocumentFragment();
    for (let i = first; i <= last; ++i) {
      if (this.height[i] > 0 && !this.rows.has(i)) {
        const row = this.makeRow(i);
        this.rows.set(i, row);
        fresh.append(row);
      }
    }
    this.canvas.append(fresh);
  }

  makeRow(i) {
    const step = this.model.steps[i];
    const lines = this.model.lines[i];
    const lane = laneOf(step);
    const place = this.lanes.get(lane);
    const marks = this.moments.filter((moment) => moment.step === i);
    const left = place.isShown ? place.x + place.bars : this.number;
    const isWide = place.lane.kind !== 'canister';
    const width = isWide ? this.width - left - 8 : place.width - place.bars - place.waiting - 6;
    const row =
        h('div', {
          class: 'step',
          role: 'option',
          id: `step-${i + 1}`,
          'aria-selected': String(i === this.selected),
          'aria-setsize': this.model.steps.length,
          'aria-posinset': i + 1,
          'aria-label': this.describe(i),
          style: {top: `${this.top[i]}px`, height: `${this.height[i]}px`},
          onclick: () => this.actions.select(i),
        },
          h('span', {class: 'number'}, String(i + 1)));
    row.classList.toggle('selected', i === this.selected);
    row.classList.toggle('hit', this.hits.has(i));
    row.classList.toggle('failing', i === this.model.failing);
    row.classList.toggle('fault', Boolean(step.fault));
    if (!place.isShown) {
      row.append(
          h('span', {
            class: 'line tone-quiet',
            style: {left: `${left}px`, top: `${kPad}px`},
          },
            `${lane}: ${lines[0].text}`));
      return row;
    }
    lines.forEach((line, k) => {
      const mark = marks.find((moment) => moment.line === k);
      const top = `${kPad + k * kLine}px`;
      const room = Math.floor(width / this.character) - (mark ? 4 : 0);
      const fits = (beside) => fitted(line, room - beside);
      const shown = !line.undelivered ? fits(0) : fits(18).isWhole ? fits(18) : {...fits(3), isWhole: false};
      row.append(
          h('span', {
            class: `line tone-${line.tone || 'plain'}${this.isFound(i, line) ? ' found' : ''}`,
            title: line.whole ? `${line.text}\n${line.whole}` : line.text,
            style: {left: `${left}px`, top, maxWidth: `${width}px`},
          },
            h('span', {class: 'what'}, shown.text),
            shown.value ? h('span', {class: 'value'}, shown.value) : null,
            line.undelivered ? h('span', {
              class: 'undelivered',
              title: 'never delivered in this schedule',
            },
                                 `⌀${shown.isWhole ? ' not delivered' : ''}`) :
                               null,
            mark ? h('span', {class: 'mark'}, mark.letter) : null,
            shown.place ? h('span', {class: 'place'}, shown.place) : null));
      if (line.user && this.isLaneShown(kUsersLane)) {
        const users = this.lanes.get(kUsersLane);
        row.append(
            h('span', {
              class: 'line user',
              style: {left: `${users.x + 4}px`, top, maxWidth: `${users.width - 8}px`},
            },
              line.user));
      }
    });
    return row;
  }

  isFound(i, line) {
    return this.hits.has(i) && line.text.toLowerCase().includes(this.query);
  }

  describe(i) {
    const step = this.model.steps[i];
    const text = this.model.lines[i].map((line) => line.text).join('; ');
    return `Step ${i + 1}, ${step.lane || laneOf(step)}: ${text}`;
  }

  drawHeads() {
    this.head.replaceChildren(h('span', {class: 'number'}, '#'));
    this.guides.replaceChildren();
    for (const place of this.lanes.values()) {
      if (!place.isShown) {
        continue;
      }
      const style = {left: `${place.x}px`, width: `${place.width}px`};
      this.head.append(
          h('span', {class: `lane-head ${place.lane.kind}`, title: place.lane.name, style},
            place.waiting ? h('small', {
              title: 'Requests and responses that wait for it: the grey edge of its lane',
            },
                              `up to ${place.lane.waitingMax} wait`) :
                            null,
            place.lane.name));
      this.guides.append(h('div', {class: `guide ${place.lane.kind}`, style}));
    }
    for (const gap of this.gaps) {
      this.guides.append(
          h('div', {class: 'gap', style: {top: `${gap.y}px`}},
            gap.count === 1 ? `step ${gap.from + 1} is filtered out` :
                              `${gap.count} steps are filtered out`));
    }
    const decides = (this.model.doc.critical_step || 0) - 1;
    const {failing} = this.model;
    if (decides >= 0 && decides < this.model.steps.length && this.height[decides] > 0 && decides !== failing) {
      const top = `${this.top[decides] + this.height[decides]}px`;
      this.guides.append(h('div', {class: 'deciding-line', style: {top}}));
    }
    const repeats = (this.model.doc.repeats_from || 0) - 1;
    const goesRound = repeats >= 0 && repeats < this.model.steps.length;
    if (failing >= 0 && failing < this.model.steps.length && this.height[failing] > 0) {
      const i = failing;
      this.guides.append(h('div', {
        'class': `failing-line${goesRound ? ' repeating' : i === decides ? ' deciding' : ''}`,
        'style': {top: `${this.top[i] + this.height[i]}px`},
        'data-says': goesRound ? `↻ back to step ${repeats + 1}, for ever` : '',
      }));
    }
    if (goesRound) {
      const last = this.model.steps.length - 1;
      const top = this.top[repeats];
      this.guides.append(h('div', {
        class: 'repeat-bar',
        style: {top: `${top}px`, height: `${this.top[last] + this.height[last] - top}px`},
        title: `Steps ${repeats + 1} to ${last + 1} repeat for ever`,
      }));
    }
  }

  redraw() {
    const {from, to} = this.range;
    for (const layer of [this.back, this.front]) {
      layer.style.top = `${from}px`;
      layer.setAttribute('width', this.width);
      layer.setAttribute('height', to - from);
      layer.setAttribute('viewBox', `0 ${from} ${this.width} ${to - from}`);
    }
    const drawn = [this.patterns];
    this.labels = [];
    const hits = [];
    const first = this.stepAt(from);
    const last = this.stepAt(to);
    for (const call of this.model.calls.values()) {
      if (call.pieces.length && call.pieces[0] <= last && call.until >= first &&
          this.isLaneShown(call.lane)) {
        this.drawCall(call, first, last, drawn);
      }
    }
    for (const place of this.lanes.values()) {
      if (place.isShown) {
        this.drawHeld(place, first, last, drawn);
        this.drawWaiting(place, first, last, drawn);
      }
    }
    for (const arrow of this.model.arrows) {
      if (arrow.first <= last && arrow.last >= first) {
        this.drawArrow(arrow, drawn, hits);
      }
    }
    this.back.classList.toggle('crowded', hits.length > kCrowd);
    this.drawBracket(drawn);
    this.back.replaceChildren(...drawn, ...this.labels);
    this.front.replaceChildren(...hits);
    this.placeBand();
  }

  // ---- What is chosen.

  select(i) {
    this.rows.get(this.selected)?.classList.remove('selected');
    this.rows.get(this.selected)?.setAttribute('aria-selected', 'false');
    this.selected = i;
    this.placeBand();
    if (i < 0) {
      this.scroller.removeAttribute('aria-activedescendant');
      this.scroller.scrollTop = 0;
      this.render();
      if (this.range) {
        this.redraw();
      }
      return;
    }
    this.reveal(i);
    this.render();
    const row = this.rows.get(i);
    row?.classList.add('selected');
    row?.setAttribute('aria-selected', 'true');
    this.scroller.setAttribute('aria-activedescendant', `step-${i + 1}`);
    if (this.range) {
      this.redraw();
    }
  }

  reveal(i) {
    const top = this.top[i];
    const bottom = top + this.height[i];
    const head = this.head.offsetHeight;
    const seen = this.scroller.clientHeight - head;
    if (top < this.scroller.scrollTop + kLine) {
      this.scroller.scrollTop = Math.max(0, top - seen / 3);
    } else if (bottom > this.scroller.scrollTop + seen - kLine) {
      this.scroller.scrollTop = bottom - (2 * seen) / 3;
    }
  }

  placeBand() {
    const i = this.selected;
    this.band.hidden = i < 0 || !this.height || !this.height[i];
    if (!this.band.hidden) {
      Object.assign(this.band.style, {top: `${this.top[i]}px`, height: `${this.height[i]}px`});
    }
  }

  showMoments(moments) {
    this.moments = moments;
    this.again();
  }

  /** The steps in which `query` was found, in small letters. */
  showHits(hits, query) {
    this.hits = hits;
    this.query = query;
    this.again();
  }

  /** Makes the rows anew, where they are. */
  again() {
    this.rows.forEach((row) => row.remove());
    this.rows.clear();
    this.range = null;
    this.render();
  }

  /** All rows at once, as wide as paper, or back again. */
  print(everything) {
    this.everything = everything;
    this.layout();
  }
}
