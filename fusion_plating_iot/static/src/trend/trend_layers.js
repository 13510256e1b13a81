import { clipped, hatch } from "@fusion_iot_base/chart/chart_layers";
import { bands } from "./trend_math";

/** Narrowest span that is still worth a hatch, in pixels. */
const MIN_HATCH = 2;
/** Distance of its lines, in pixels. */
const HATCH = 9;

/**
 * What lies below the line: the limits as they were in force, what is unknown, and the time out of spec.
 *
 * @param {Object} chart of Chart.js
 * @param {import("./trend_math").Series} series
 * @param {{scale: {min: number, max: number}, gapLabel: string}} options
 * @param {Object} theme
 */
export function drawLimits(chart, series, { scale, gapLabel }, theme) {
    clipped(chart, () => {
        drawBands(chart, bands(series.limits, "spec", scale), theme.spec, theme.specEdge, []);
        drawBands(chart, bands(series.limits, "action", scale), theme.action, theme.edge, [5, 4]);
        for (const hold of series.holds) {
            drawExcursion(chart, hold, theme);
        }
        for (const [from, to] of series.gaps) {
            drawGap(chart, from, to, theme, gapLabel);
        }
    });
}

function drawBands({ ctx, scales: { x, y } }, rectangles, fill, edge, dash) {
    let previous = null;
    for (const band of rectangles) {
        const left = x.getPixelForValue(band.from);
        const right = x.getPixelForValue(band.to);
        const top = y.getPixelForValue(band.high);
        const bottom = y.getPixelForValue(band.low);
        ctx.fillStyle = fill;
        ctx.fillRect(left, top, right - left, bottom - top);
        ctx.strokeStyle = edge;
        ctx.lineWidth = 1;
        ctx.setLineDash(dash);
        ctx.beginPath();
        for (const [at, isOpen, key] of [
            [top, band.isHighOpen, "top"],
            [bottom, band.isLowOpen, "bottom"],
        ]) {
            if (isOpen) {
                continue;
            }
            if (previous && previous.right === left && previous[key] !== null) {
                ctx.moveTo(left, previous[key]);
                ctx.lineTo(left, at);
            }
            ctx.moveTo(left, at);
            ctx.lineTo(right, at);
        }
        ctx.stroke();
        previous = {
            right,
            top: band.isHighOpen ? null : top,
            bottom: band.isLowOpen ? null : bottom,
        };
    }
    ctx.setLineDash([]);
}

function drawGap({ ctx, chartArea, scales: { x } }, from, to, theme, label) {
    const left = Math.max(chartArea.left, x.getPixelForValue(from));
    const right = Math.min(chartArea.right, x.getPixelForValue(to));
    const width = Math.max(MIN_HATCH, right - left);
    ctx.fillStyle = theme.hatchWash;
    ctx.fillRect(left, chartArea.top, width, chartArea.height);
    ctx.fillStyle = hatch(ctx, theme.hatch, { size: HATCH });
    ctx.fillRect(left, chartArea.top, width, chartArea.height);
    ctx.font = `500 12px ${Chart.defaults.font.family}`;
    const textWidth = ctx.measureText(label).width + 14;
    if (width > textWidth + 8) {
        const middle = left + width / 2;
        const top = chartArea.top + 10;
        ctx.fillStyle = theme.surface;
        ctx.fillRect(middle - textWidth / 2, top, textWidth, 20);
        ctx.fillStyle = theme.muted;
        ctx.textAlign = "center";
        ctx.textBaseline = "middle";
        ctx.fillText(label, middle, top + 10);
    }
}

function drawExcursion({ ctx, chartArea, scales: { x } }, hold, theme) {
    const left = x.getPixelForValue(hold.start);
    const right = x.getPixelForValue(hold.back_at || hold.end || x.max);
    ctx.fillStyle = theme.alarmWash;
    ctx.fillRect(left, chartArea.top, Math.max(1, right - left), chartArea.height);
}
