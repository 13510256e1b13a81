import { toAxis } from "./power_scale";

/** A phase that is over sooner than a pixel is still seen. */
const MIN_WIDTH = 1;

/**
 * The layers below and above the line, as one Chart.js plugin: the phases as shades, the thresholds as lines.
 *
 * @param {() => {series: import("./session_series").SessionSeries, isStretched: boolean,
 *  nameOf: (name: string, watts: number) => string}} view what is shown now
 * @param {() => Object} currentTheme
 * @returns {Object} Chart.js plugin
 */
export function sessionLayers(view, currentTheme) {
    return {
        id: "fusionSessionLayers",
        beforeDatasetsDraw(chart) {
            const { series } = view();
            clipped(chart, () => {
                for (const state of series.states) {
                    drawPhase(chart, state, currentTheme());
                }
            });
        },
        afterDatasetsDraw(chart) {
            const { series, isStretched, nameOf } = view();
            clipped(chart, () => drawThresholds(chart, series.thresholds, isStretched, nameOf, currentTheme()));
        },
    };
}

function clipped({ ctx, chartArea }, draw) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
    ctx.clip();
    draw();
    ctx.restore();
}

function drawPhase({ ctx, chartArea, scales: { x } }, { from, to, phase }, theme) {
    const left = Math.max(chartArea.left, x.getPixelForValue(from));
    const right = Math.min(chartArea.right, x.getPixelForValue(to));
    if (phase === "idle" || right < left) {
        return;
    }
    const width = Math.max(MIN_WIDTH, right - left);
    ctx.fillStyle = theme[phase] || ctx.createPattern(hatchTile(theme.passing, phase === "starting"), "repeat");
    ctx.fillRect(left, chartArea.top, width, chartArea.height);
}

/** Rising for what begins, falling for what ends. */
function hatchTile(color, isRising) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const ctx = tile.getContext("2d");
    ctx.strokeStyle = color;
    ctx.beginPath();
    for (const shift of [-8, 0, 8]) {
        ctx.moveTo(shift, isRising ? 8 : 0);
        ctx.lineTo(shift + 8, isRising ? 0 : 8);
    }
    ctx.stroke();
    return tile;
}

/** The names stand at the right, above their lines, or above each other where lines are too close. */
function drawThresholds({ ctx, chartArea, scales: { y } }, thresholds, isStretched, nameOf, theme) {
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
