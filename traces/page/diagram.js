// The drawing: a row for each step, a lane for each canister, bars for open calls, arrows for
// messages. Only the rows near what is seen are in the page, so that ten thousand steps scroll like
// ten. Text is HTML, in rows; bars, arrows and the race's bracket are one SVG behind it.

const kLine = 18;
const kPad = 5;
const kGap = 24;
const kNumber = 46;
const kOverscan = 600;
const kSlotsDrawn = 24;
const kLaneTextMin = 150;
const kCrowd = 40;  // arrows at once from which on only those of the chosen step stand out
const kTextMax = 64;  // characters that a lane is widened for

class Diagram {
  /** @param {{select: (step: number) => void}} actions */
  constructor(model, actions) {
    this.model = model;
    this.actions = actions;
    this.selected = -1;
    this.moments = [];
    this.hits = new Set();
    this.hiddenLanes = new Set();
    this.isHidden = () => false;
    this.focusVariable = '';
    this.rows = new Map();
    this.range = null;
    this.everything = false;
    this.head = h('div', {class: 'lane-heads', 'aria-hidden': 'true'});
    this.back = svg('svg', {class: 'drawing', 'aria-hidden': 'true'});
    this.front = svg('svg', {class: 'drawing hits', 'aria-hidden': 'true'});
    this.guides = h('div', {class: 'guides', 'aria-hidden': 'true'});
    this.band = h('div', {class: 'band', 'aria-hidden': 'true'});
    this.canvas = h('div', {class: 'canvas'}, this.guides, this.band, this.back, this.front);
    this.scroller = h(
        'div', {
          class: 'diagram',
          role: 'listbox',
          tabindex: '0',
          'aria-label': 'The steps of the schedule',
          onscroll: () => this.soon(),
        },
        this.head, this.canvas);
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

  rowsLayout() {
    const count = this.model.steps.length;
    this.top = new Float64Array(count + 1);
    this.height = new Float64Array(count);
    this.gaps = [];
    let y = 4;
    for (let i = 0; i < count; ++i) {
      this.top[i] = y;
      if (!this.isHidden(i)) {
        this.height[i] = this.model.lines[i].length * kLine + 2 * kPad;
        y += this.height[i];
        continue;
      }
      let end = i;
      while (end < count && this.isHidden(end)) {
        this.top[end] = y + kGap / 2;
        end += 1;
      }
      this.gaps.push({from: i, count: end - i, y});
      y += kGap;
      i = end - 1;
    }
    this.top[count] = y;
    this.bottom = y;
  }

  lanesLayout() {
    const raced = new Set();
    for (const race of this.model.races) {
      for (const {step} of momentsOf(this.model, race)) {
        raced.add(laneOf(this.model.steps[step]));
      }
    }
    const characters = new Map(this.model.lanes.map((lane) => [lane.name, 0]));
    this.model.steps.forEach((step, i) => {
      const lane = laneOf(step);
      for (const line of this.model.lines[i]) {
        const length = line.text.length + (line.place ? line.place.length + 2 : 0) + 4;
        characters.set(lane, Math.max(characters.get(lane) || 0, Math.min(length, kTextMax)));
        if (line.user) {
          characters.set(kUsersLane, Math.max(characters.get(kUsersLane) || 0, line.user.length));
        }
      }
    });
    this.lanes = new Map();
    const shown = [];
    for (const lane of this.model.lanes) {
      const slots = Math.min(lane.slots, kSlotsDrawn);
      const slotWidth = slots <= 6 ? 20 : slots <= 12 ? 14 : 9;
      const gutter = lane.kind === 'canister' ? (raced.has(lane.name) ? 30 : 12) : 6;
      const bars = gutter + slots * slotWidth + (lane.kind === 'canister' ? 8 : 0);
      const isShown = !this.hiddenLanes.has(lane.name);
      const place = {
        lane,
        slotWidth,
        gutter,
        bars,
        isShown,
        wish: bars + characters.get(lane.name) * this.character + 14,
        least: bars + (lane.kind === 'canister' ? kLaneTextMin : 64),
      };
      this.lanes.set(lane.name, place);
      if (isShown) {
        shown.push(place);
      }
    }
    // Each gets what it would like, or, where that is too much, the widest are cut to one width.
    const room = (this.everything ? 1000 : this.scroller.clientWidth) - kNumber - 2;
    let cap = 2000;
    const width = (place) => Math.max(place.least, Math.min(place.wish, cap));
    while (cap > 100 && shown.reduce((sum, place) => sum + width(place), 0) > room) {
      cap -= 10;
    }
    const spare = room - shown.reduce((sum, place) => sum + width(place), 0);
    const wide = shown.filter((place) => place.lane.kind === 'canister').length;
    let x = kNumber;
    for (const place of this.lanes.values()) {
      place.x = x;
      place.width = place.isShown ? width(place) : 0;
      if (place.isShown && place.lane.kind === 'canister' && spare > 0) {
        place.width += Math.min(spare / wide, 120);
      }
      x += place.width;
    }
    this.width = x;
  }

  y(step, line = 0) {
    return this.height[step] === 0 ? this.top[step] :
                                     this.top[step] + kPad + (line + 0.5) * kLine;
  }

  /** The middle of a call's bar; of a lane without bars its left or right edge. */
  barX(laneName, callName, towards) {
    const place = this.lanes.get(laneName);
    const call = this.model.calls.get(callName);
    if (place.lane.kind !== 'canister') {
      return towards < place.x ? place.x : place.x + place.width;
    }
    const slot = call && call.lane === laneName ? Math.min(call.slot, kSlotsDrawn - 1) : 0;
    return place.x + place.gutter + (slot + 0.5) * place.slotWidth;
  }

  isLaneShown(name) {
    return this.lanes.get(name)?.isShown || false;
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

  /** The first step whose row ends below `y`. */
  stepAt(y) {
    let low = 0;
    let high = this.model.steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.top[middle + 1] <= y) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return Math.min(low, this.model.steps.length - 1);
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
    this.range = this.everything ? {from: 0, to: this.bottom + 8}
                                 : {from: Math.max(0, from - kOverscan),
                                    to: Math.min(this.bottom + 8, to + kOverscan)};
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
    const left = place.isShown ? place.x + place.bars : kNumber;
    const isWide = place.lane.kind !== 'canister';
    const width = isWide ? this.width - left - 8 : place.width - place.bars - 6;
    const row = h(
        'div', {
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
      row.append(h('span', {
        class: 'line tone-quiet',
        style: {left: `${left}px`, top: `${kPad}px`},
      }, `${lane}: ${lines[0].text}`));
      return row;
    }
    lines.forEach((line, k) => {
      const mark = marks.find((moment) => moment.line === k);
      const top = `${kPad + k * kLine}px`;
      row.append(h(
          'span', {
            class: `line tone-${line.tone || 'plain'}`,
            title: line.whole ? `${line.text}\n${line.whole}` : line.text,
            style: {left: `${left}px`, top, maxWidth: `${width}px`},
          },
          h('span', {class: 'what'},
            line.value ? line.text.slice(0, -line.value.length) : line.text),
          line.value ? h('span', {class: 'value'}, line.value) : null,
          line.undelivered ? h('span', {
            class: 'undelivered',
            title: 'never delivered in this schedule',
          }, '⌀') : null,
          mark ? h('span', {class: 'mark'}, mark.letter) : null,
          line.place ? h('span', {class: 'place'}, line.place) : null));
      if (line.user && this.isLaneShown(kUsersLane)) {
        const users = this.lanes.get(kUsersLane);
        row.append(h('span', {
          class: 'line user',
          style: {left: `${users.x + 4}px`, top, maxWidth: `${users.width - 8}px`},
        }, line.user));
      }
    });
    return row;
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
            place.lane.name));
      this.guides.append(h('div', {class: `guide ${place.lane.kind}`, style}));
    }
    for (const gap of this.gaps) {
      this.guides.append(h('div', {class: 'gap', style: {top: `${gap.y}px`}},
                           gap.count === 1 ? `step ${gap.from + 1} is filtered out` :
                                             `${gap.count} steps are filtered out`));
    }
    if (this.model.failing >= 0 && this.model.failing < this.model.steps.length) {
      const i = this.model.failing;
      this.guides.append(h('div', {
        class: 'failing-line',
        style: {top: `${this.top[i] + this.height[i]}px`},
      }));
    }
  }

  // ---- Bars, arrows, the bracket.

  redraw() {
    const {from, to} = this.range;
    for (const layer of [this.back, this.front]) {
      layer.style.top = `${from}px`;
      layer.setAttribute('width', this.width);
      layer.setAttribute('height', to - from);
      layer.setAttribute('viewBox', `0 ${from} ${this.width} ${to - from}`);
    }
    const drawn = [this.patterns];
    const hits = [];
    const first = this.stepAt(from);
    const last = this.stepAt(to);
    for (const call of this.model.calls.values()) {
      if (call.pieces.length && call.pieces[0] <= last && call.until >= first &&
          this.isLaneShown(call.lane)) {
        this.drawCall(call, first, last, drawn);
      }
    }
    for (const arrow of this.model.arrows) {
      if (arrow.first <= last && arrow.last >= first) {
        this.drawArrow(arrow, drawn, hits);
      }
    }
    this.back.classList.toggle('crowded', hits.length > kCrowd);
    this.drawBracket(drawn);
    this.back.replaceChildren(...drawn);
    this.front.replaceChildren(...hits);
    this.placeBand();
  }

  /** A hatching for each hue, so that calls differ without colour too. */
  makePatterns() {
    const shapes = [
      'M0 8 L8 0', 'M0 0 L8 8', 'M0 4 H8', 'M0 8 L8 0 M0 0 L8 8', 'M4 0 V8', 'M0 2 H8 M0 6 H8',
      'M4 0 V8 M0 4 H8', 'M0 6 L4 2 L8 6',
    ];
    return svg('defs', {}, shapes.map((shape, hue) => svg(
        'pattern', {id: `hatch-${hue}`, width: 8, height: 8, patternUnits: 'userSpaceOnUse'},
        svg('rect', {class: `hatch-ground hue-${hue}`, width: 8, height: 8}),
        svg('path', {class: `hatch-line hue-${hue}`, d: shape}))));
  }

  drawCall(call, first, last, drawn) {
    const x = this.barX(call.lane, call.name);
    const half = Math.min(8, this.lanes.get(call.lane).slotWidth / 2 - 1);
    call.pieces.forEach((i, k) => {
      const next = call.pieces[k + 1] ?? (call.unfinished ? this.model.steps.length : undefined);
      if (i >= first && i <= last) {
        this.drawPiece(i, x, half, call, drawn);
      }
      if (next !== undefined && next >= first && i <= last) {
        this.drawSpan(call, i, next, x, half, drawn);
      }
    });
  }

  drawPiece(i, x, half, call, drawn) {
    const step = this.model.steps[i];
    if (this.height[i] === 0) {
      return;
    }
    const top = this.top[i] + 2;
    const bottom = this.top[i] + this.height[i] - 3;
    const undone = step.rolled_back ? ' undone' : '';
    drawn.push(svg('rect', {
      class: `piece hue-${call.hue}${undone}`,
      x: x - half,
      y: top,
      width: 2 * half,
      height: bottom - top,
      rx: 2,
    }));
    if (step.rolled_back) {
      drawn.push(
          svg('path', {class: 'rollback', d: `M${x - half - 3} ${bottom} H${x + half + 3}`}),
          svg('text', {class: 'sign bad', x, y: (top + bottom) / 2 + 5}, '↺'));
    } else if (step.committed) {
      drawn.push(svg('path', {class: 'commit', d: `M${x - half - 3} ${bottom} H${x + half + 3}`}));
    }
  }

  /** Suspended from the end of one piece to the start of the next. */
  drawSpan(call, i, next, x, half, drawn) {
    const step = this.model.steps[i];
    const top = this.height[i] ? this.top[i] + this.height[i] - 3 : this.top[i];
    const isEnd = next >= this.model.steps.length;
    const bottom = isEnd ? this.bottom : this.height[next] ? this.top[next] + 2 : this.top[next];
    const from = Math.max(top, this.range.from - 20);
    const to = Math.min(bottom, this.range.to + 20);
    if (to <= from) {
      return;
    }
    const waits = step.ended === 'suspended';
    const label = waits ? `awaits ${step.awaiting}` : 'answered, its calls are not';
    drawn.push(svg(
        'rect', {
          class: `span hue-${call.hue}${waits ? '' : ' answered'}${isEnd ? ' open' : ''}`,
          fill: waits ? `url(#hatch-${call.hue})` : 'none',
          x: x - half + 1.5,
          y: from,
          width: 2 * half - 3,
          height: to - from,
        },
        svg('title', {}, `${call.name} ${label}`)));
    const room = Math.floor((Math.min(bottom - top, 600) - 12) / 6.1);
    if (half < 7 || room < 5) {
      return;
    }
    const words = (waits ? step.awaiting : label).replace(/ \(.*/, '');
    const text = words.length <= room ? words : `${words.slice(0, room - 1)}…`;
    for (let y = top + (bottom - top > 900 ? 300 : (bottom - top) / 2); y < bottom; y += 600) {
      if (y > from - 400 && y < to + 400) {
        drawn.push(svg('text', {
          class: 'span-label',
          transform: `translate(${x - 3.5} ${y}) rotate(90)`,
        }, text));
      }
    }
  }

  drawArrow(arrow, drawn, hits) {
    const {from, to} = arrow;
    const target = to ? to.lane : arrow.lane;
    if (!this.isLaneShown(from.lane) || (target && this.lanes.has(target) && !this.isLaneShown(target))) {
      return;
    }
    const y1 = this.y(from.step, from.line);
    const aim = this.lanes.get(target);
    const aimX = aim ? aim.x + aim.width / 2 : this.width;
    const middle1 = this.barX(from.lane, from.call, aimX);
    const same = target === from.lane;
    const hue = this.model.calls.get(arrow.call)?.hue ?? 0;
    const chosen = from.step === this.selected || (to && to.step === this.selected);
    const kind = `arrow ${arrow.kind} hue-${hue}${arrow.oneWay ? ' one-way' : ''}${
        arrow.injected || arrow.synthetic ? ' injected' : ''}${chosen ? ' chosen' : ''}`;
    const edge = (name, x, towards) => {
      const isCanister = this.lanes.get(name).lane.kind === 'canister';
      return isCanister ? x + (towards > x ? 9 : -9) : x;
    };
    if (!to) {
      const x1 = edge(from.lane, middle1, aimX);
      const x2 = x1 + (aimX > middle1 ? 40 : -40);
      drawn.push(svg('path', {class: `${kind} stub`, d: `M${x1} ${y1} C${(x1 + x2) / 2} ${y1} ${x2} ${y1 + 2} ${x2} ${y1 + 9}`}),
                 svg('text', {class: 'sign bad', x: x2, y: y1 + 19},
                     '⌀', svg('title', {}, `${arrow.call}: never delivered in this schedule`)));
      return;
    }
    const y2 = this.y(to.step, to.line);
    const middle2 = this.barX(to.lane, to.call, middle1);
    let x1 = edge(from.lane, middle1, middle2);
    let x2 = edge(to.lane, middle2, middle1);
    let bend = Math.max(24, Math.abs(x2 - x1) * 0.45) * (x2 > x1 ? 1 : -1);
    let heading = Math.sign(bend);
    let path = `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
    if (same) {
      x1 = middle1 + 9;
      x2 = middle2 + 9;
      bend = Math.min(60, 24 + Math.abs(y2 - y1) / 8);
      heading = -1;
      path = `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 + bend} ${y2} ${x2} ${y2}`;
      if (arrow.synthetic) {
        path = `M${x1 + 40} ${y1} C${x1 + 40} ${(y1 + y2) / 2} ${x2 + bend} ${y2} ${x2} ${y2}`;
      }
    } else if (y1 === y2) {
      path = `M${x1} ${y1} H${x2}`;
    }
    drawn.push(
        svg('path', {class: kind, d: path, 'data-from': from.step + 1, 'data-to': to.step + 1}),
        svg('path', {
          class: `${kind} tip`,
          d: arrow.kind === 'request' ?
              `M${x2} ${y2} l${-9 * heading} -4.5 v9 z` :
              `M${x2 - 8 * heading} ${y2 - 5} L${x2} ${y2} L${x2 - 8 * heading} ${y2 + 5}`,
        }));
    if (arrow.synthetic) {
      drawn.push(svg('text', {class: 'sign bad', x: same ? x1 + 40 : x1, y: y1 + 4}, '⌀'));
    }
    if (arrow.code) {
      drawn.push(svg('text', {
        class: 'code',
        x: x2 - heading * 14,
        y: y2 - 6,
        'text-anchor': heading > 0 ? 'end' : 'start',
      }, `✕ ${arrow.code}`));
    }
    hits.push(svg(
        'path', {
          class: 'hit',
          d: path,
          onclick: () =>
              this.actions.select(this.selected === to.step ? from.step : to.step),
        },
        svg('title', {}, `${arrow.kind} of ${arrow.call}: step ${from.step + 1} to step ${
            to.step + 1}`)));
  }

  /** Read, intruder and write, joined, in the gutter of their lane. */
  drawBracket(drawn) {
    const moments = this.moments.filter((moment) => {
      const lane = laneOf(this.model.steps[moment.step]);
      return this.isLaneShown(lane);
    });
    if (moments.length < 2) {
      return;
    }
    const at = moments.map((moment) => {
      const lane = laneOf(this.model.steps[moment.step]);
      const place = this.lanes.get(lane);
      return {
        ...moment,
        x: place.x + 12,
        bar: this.barX(lane, this.model.steps[moment.step].call) - 8,
        y: this.y(moment.step, moment.line),
      };
    });
    for (let k = 1; k < at.length; ++k) {
      drawn.push(svg('path', {
        class: 'bracket',
        d: `M${at[k - 1].x} ${at[k - 1].y} L${at[k].x} ${at[k].y}`,
      }));
    }
    for (const moment of at) {
      drawn.push(
          svg('path', {class: 'bracket', d: `M${moment.x} ${moment.y} H${moment.bar}`}),
          svg('circle', {class: `moment which-${moment.which}`, cx: moment.x, cy: moment.y, r: 8}),
          svg('text', {class: 'moment-letter', x: moment.x, y: moment.y + 4}, moment.letter));
    }
  }

  // ---- What is chosen.

  select(i) {
    this.rows.get(this.selected)?.classList.remove('selected');
    this.rows.get(this.selected)?.setAttribute('aria-selected', 'false');
    this.selected = i;
    this.placeBand();
    if (i < 0) {
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

  showHits(hits) {
    this.hits = hits;
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
