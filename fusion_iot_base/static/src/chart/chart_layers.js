/**
 * Draws within the plot only: nothing reaches over the axes.
 *
 * @param {Object} chart of Chart.js
 * @param {() => void} draw
 */
export function clipped({ ctx, chartArea }, draw) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
    ctx.clip();
    draw();
    ctx.restore();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} color of the lines
 * @param {{size?: number, isRising?: boolean}} [options] distance of the lines in pixels, and which way they go
 * @returns {CanvasPattern} oblique lines to fill an area with
 */
export function hatch(ctx, color, { size = 8, isRising = true } = {}) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = size;
    const pen = tile.getContext("2d");
    pen.strokeStyle = color;
    pen.beginPath();
    for (const shift of [-size, 0, size]) {
        pen.moveTo(shift, isRising ? size : 0);
        pen.lineTo(shift + size, isRising ? 0 : size);
    }
    pen.stroke();
    return ctx.createPattern(tile, "repeat");
}
