/**
 * Marks upon a chart: what began at a moment and lasted for a while, or still does. Any domain can have its own: holds,
 * alerts, additions, changes of limits.
 *
 * @typedef {Object} Mark
 * @property {string} key tells it from all other marks of the chart
 * @property {string} model of the record that is opened by it
 * @property {number} id of that record
 * @property {number} start milliseconds since 1970
 * @property {number | null} end `null`: it goes on
 * @property {import("../overview/overview_levels").Level | "info"} level how urgent it is, as everywhere in the suite
 * @property {string} icon a shape that says the same as the colour
 * @property {string} name in a few words, for where there is room
 * @property {string} title all of it, for those who point at it, touch it, come by keyboard or have it read out
 *
 * @typedef {Object} Flag
 * @property {Mark[]} marks those that share it, as there is no room for one each
 * @property {string} level the worst of theirs
 * @property {boolean} isShort no room for a name
 * @property {number} left pixels
 * @property {number} width pixels
 * @property {number} row from 0
 */
import { _t } from "@web/core/l10n/translation";

const LEVELS = ["", "info", "warning", "danger"];
const FLAG_WIDTH = 150;
const SHORT_FLAG_WIDTH = 34;
/** What a finger hits. */
const COARSE_FLAG_WIDTH = 48;
/** More than these have no room for their names, nor for whole lines. */
const MOST_NAMED = 8;
/** Flags that a finger hits take more room. */
const MOST_NAMED_COARSE = 2;
const MOST_ROWS = 4;
const MOST_TITLES = 5;
const TICK = 8;

/**
 * The marks of which something is within a span.
 *
 * @param {Mark[]} marks
 * @param {{start: number, end: number}} span
 * @param {number} until what goes on goes on to here
 * @returns {Mark[]} in the order in which they began
 */
export function marksWithin(marks, span, until) {
    return marks
        .filter(({ start, end }) => start <= span.end && (end ?? until) >= span.start)
        .sort((one, other) => one.start - other.start);
}

/**
 * Puts the flags of marks into rows, so that none covers another. Where the rows are full, the flag that ends first takes
 * one more in.
 *
 * @param {{left: number, right: number}[]} boxes in pixels, ordered by `left`
 * @param {{minWidth: number, width: number, mostRows: number}} room the narrowest flag that can be read or touched, the
 *  width of all, and how many rows there may be
 * @returns {{left: number, width: number, row: number, members: number[]}[]} the members are indexes of boxes
 */
export function layFlags(boxes, { minWidth, width, mostRows }) {
    const rows = [];
    const flags = [];
    boxes.forEach(({ left, right }, index) => {
        const flagWidth = Math.min(width, Math.max(minWidth, right - left));
        const flagLeft = Math.max(0, Math.min(left, width - flagWidth));
        const flagRight = flagLeft + flagWidth;
        let row = rows.findIndex((last) => last.right <= flagLeft);
        if (row < 0 && rows.length >= mostRows) {
            rows.reduce((first, last) => (last.right < first.right ? last : first)).flag.members.push(index);
            return;
        }
        row = row < 0 ? rows.length : row;
        const flag = { left: flagLeft, width: flagWidth, row, members: [index] };
        rows[row] = { right: flagRight, flag };
        flags.push(flag);
    });
    return flags;
}

/**
 * The flags of marks, in pixels.
 *
 * @param {Mark[]} marks in the order in which they began
 * @param {{chartArea: Object, placeOf: (at: number) => number, until: number, isCoarse: boolean}} plot where it is, and
 *  how times lie in it
 * @returns {Flag[]}
 */
export function flagsOf(marks, { chartArea: { left, right }, placeOf, until, isCoarse }) {
    const width = right - left;
    const boxes = marks.map(({ start, end }) => ({
        left: Math.max(0, placeOf(start) - left),
        right: Math.min(width, placeOf(end ?? until) - left),
    }));
    const [short, mostNamed] = isCoarse ? [COARSE_FLAG_WIDTH, MOST_NAMED_COARSE] : [SHORT_FLAG_WIDTH, MOST_NAMED];
    const minWidth = marks.length > mostNamed ? short : FLAG_WIDTH;
    return layFlags(boxes, { minWidth, width, mostRows: MOST_ROWS }).map(({ members, ...place }) => {
        const shared = members.map((index) => marks[index]);
        return {
            ...place,
            left: left + place.left,
            marks: shared,
            level: worstLevel(shared),
            isShort: place.width < FLAG_WIDTH,
        };
    });
}

/**
 * @param {Mark[]} marks
 * @returns {string} the worst of their levels
 */
export function worstLevel(marks) {
    return LEVELS[Math.max(...marks.map(({ level }) => LEVELS.indexOf(level)))];
}

/**
 * What is said of the marks that share a flag.
 *
 * @param {Mark[]} marks
 * @returns {string} a line each
 */
export function titleOf(marks) {
    const lines = marks.slice(0, MOST_TITLES).map(({ title }) => title);
    const more = marks.length - lines.length;
    return [...lines, ...(more ? [_t("And %s more.", more)] : [])].join("\n");
}

/**
 * Lines where marks begin and end: whole ones while they are few, else ticks at the top.
 *
 * @param {Object} chart of Chart.js
 * @param {Mark[]} marks those within the span
 * @param {Object<string, string>} theme
 */
export function drawMarks({ ctx, chartArea, scales: { x } }, marks, theme) {
    const bottom = marks.length > MOST_NAMED ? chartArea.top + TICK : chartArea.bottom;
    const draw = (at, color, dash) => {
        const place = x.getPixelForValue(at);
        if (place < chartArea.left || place > chartArea.right) {
            return;
        }
        ctx.strokeStyle = color;
        ctx.setLineDash(dash);
        ctx.beginPath();
        ctx.moveTo(place, chartArea.top);
        ctx.lineTo(place, bottom);
        ctx.stroke();
    };
    ctx.save();
    ctx.lineWidth = 1.5;
    for (const { start, end, level } of marks) {
        const color = theme[level] || theme.muted;
        draw(start, color, []);
        if (end !== null) {
            draw(end, color, [3, 4]);
        }
    }
    ctx.restore();
}
