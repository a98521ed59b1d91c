// Measures how long a page takes from the start of its navigation until its steps are painted, and
// how evenly it scrolls. Not a test: what it prints depends on the machine and its load.
//
//     HEDDLE_NODE_MODULES=build/release/tests/page/node_modules HEDDLE_CHROMIUM=/usr/bin/chromium
//     node tests/page/opening_time.mjs build/release/tests/page/many.html [runs]
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';

const [, , file, runs = '9'] = process.argv;
const modules = path.resolve(process.env.HEDDLE_NODE_MODULES, 'x.js');
const {chromium} = createRequire(modules)('playwright-core');
const browser = await chromium.launch({
  executablePath: process.env.HEDDLE_CHROMIUM,
  args: ['--no-sandbox'],
});

const middle = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
const round = (number) => Math.round(number);
const opened = [];
const frames = [];
for (let run = 0; run < Number(runs); ++run) {
  const page = await browser.newPage({viewport: {width: 1440, height: 900}});
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.querySelector('.step')) {
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => {
                                globalThis.paintedAt = performance.now();
                              }));
      }
    }).observe(document, {childList: true, subtree: true});
  });
  await page.goto(`file://${path.resolve(file)}`);
  await page.waitForFunction(() => globalThis.paintedAt);
  opened.push(await page.evaluate(() => paintedAt));
  frames.push(...await page.evaluate(() => new Promise((done) => {
                                       const scroller = document.querySelector('.diagram');
                                       const times = [];
                                       let before = performance.now();
                                       scroller.scrollTop = 0;
                                       function frame() {
                                         const now = performance.now();
                                         times.push(now - before);
                                         before = now;
                                         scroller.scrollTop += times.length % 10 === 0 ? 5000 : 120;
                                         if (times.length < 120) {
                                           requestAnimationFrame(frame);
                                         } else {
                                           done(times);
                                         }
                                       }
                                       requestAnimationFrame(frame);
                                     })));
  await page.close();
}
await browser.close();
frames.sort((a, b) => a - b);
console.log(`opened in ${round(Math.min(...opened))} ms at best, ${
    round(middle(opened))} ms in the median of ${opened.length}; frames while scrolling: median ${
    frames[frames.length >> 1].toFixed(
        1)} ms, 95 of 100 below ${frames[Math.floor(frames.length * 0.95)].toFixed(1)} ms; ${
    os.cpus().length} cores, load ${os.loadavg()[0].toFixed(1)}`);
