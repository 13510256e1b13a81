import { Component } from "@odoo/owl";

/** More than anybody reads, less than what a browser minds. */
export const MAX_ROWS = 300;

/**
 * What a chart shows, as a table: for those who do not see the chart, or want the figures.
 *
 * @typedef {Object} ChartRow
 * @property {string} [className]
 * @property {{text: string, icon?: string, isMuted?: boolean}[]} cells one for each column
 */
export class ChartTable extends Component {
    static template = "fusion_iot_base.ChartTable";
    static props = {
        className: { type: String, optional: true },
        caption: String,
        columns: { type: Array, element: { type: Object, shape: { label: String, isNumber: { type: Boolean, optional: true } } } },
        /** `ChartRow`s, at most `MAX_ROWS`. */
        rows: Array,
        /** What is said in place of rows. */
        empty: String,
        note: { type: String, optional: true },
        isHoverable: { type: Boolean, optional: true },
    };
}
