import { timeTicks } from "./time_ticks";

const FONT_SIZE = 12;
const TICK_WIDTH = 68;

/**
 * The time axis of a chart: ticks at round times, days in bold.
 *
 * @param {{start: number, end: number}} span in milliseconds since 1970
 * @param {{muted: string, grid: string}} theme colours
 * @param {Object} locale as of `chartLocale()`
 * @returns {Object} options of a Chart.js scale
 */
export function timeAxis(span, theme, locale) {
    return {
        type: "time",
        min: span.start,
        max: span.end,
        adapters: { date: locale },
        afterBuildTicks: (axis) => {
            const most = Math.max(2, Math.floor(axis.width / TICK_WIDTH));
            axis.ticks = timeTicks(span, most, locale);
        },
        ticks: {
            color: theme.muted,
            font: ({ tick }) => ({ size: FONT_SIZE, weight: tick?.isDay ? 600 : 400 }),
            callback: (_value, index, ticks) => ticks[index].text,
            autoSkip: false,
            maxRotation: 0,
        },
        grid: { color: theme.grid, tickColor: theme.grid },
        border: { color: theme.muted },
    };
}
