import { clipped, hatch } from "@fusion_iot_base/chart/chart_layers";
import { toAxis } from "./power_scale";

/** A phase that is over sooner than a pixel is still seen. */
const MIN_WIDTH = 1;

/**
 * What lies below the line: the phases as shades.
 *
 * @param {Object} chart of Chart.js
 * @param {import("./session_series").SessionSeries} series
 * @param {Object} theme
 */
export function drawPhases(chart, series, theme) {
    clipped(chart, () => {
        for (const state of series.states) {
            drawPhase(chart, state, theme);
        }
    });
}

/**
 * What lies above the line: the thresholds. Their names stand at the right, above their lines, or above each other
 * where lines are too close.
 *
 * @param {Object} chart of Chart.js
 * @param {import("./session_series").SessionSeries} series
 * @param {{isStretched: boolean, nameOf: (name: string, watts: number) => string}} options
 * @param {Object} theme
 */
export function drawThresholds(chart, series, options, theme) {
    clipped(chart, () => drawLines(chart, series.thresholds, options, theme));
}

function drawPhase({ ctx, chartArea, scales: { x } }, { from, to, phase }, theme) {
    const left = Math.max(chartArea.left, x.getPixelForValue(from));
    const right = Math.min(chartArea.right, x.getPixelForValue(to));
    if (phase === "idle" || right < left) {
        return;
    }
    const width = Math.max(MIN_WIDTH, right - left);
    // Rising for what begins, falling for what ends.
    ctx.fillStyle = theme[phase] || hatch(ctx, theme.passing, { isRising: phase === "starting" });
    ctx.fillRect(left, chartArea.top, width, chartArea.height);
}

function drawLines({ ctx, chartArea, scales: { y } }, thresholds, { isStretched, nameOf }, theme) {
    ctx.font = `12px ${Chart.defaults.font.family}`;
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    let free = Infinity;
    for (const { name, watts } of thresholds) {
        const height = y.getPixelForValue(toAxis(watts, isStretched));
        ctx.strokeStyle = theme.threshold;
        ctx.setLineDash([6, 4]);
        ctx.beginPath();
        ctx.moveTo(chartArea.left, height);
        ctx.lineTo(chartArea.right, height);
        ctx.stroke();
        const bottom = Math.min(height - 2, free);
        const text = nameOf(name, watts);
        const width = ctx.measureText(text).width + 8;
        ctx.globalAlpha = 0.8;
        ctx.fillStyle = theme.surface;
        ctx.fillRect(chartArea.right - width, bottom - 15, width, 15);
        ctx.globalAlpha = 1;
        ctx.fillStyle = theme.threshold;
        ctx.fillText(text, chartArea.right - 4, bottom);
        free = bottom - 16;
    }
    ctx.setLineDash([]);
}
