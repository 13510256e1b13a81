import { Component, useState } from "@odoo/owl";
import { titleOf } from "./chart_marks";

const HEIGHT = 26;
const COARSE_HEIGHT = 48;
const GAP = 2;

/** The flags of what is marked in a chart: buttons in rows above it, which say all of it when one points at them. */
export class MarkLane extends Component {
    static template = "fusion_iot_base.MarkLane";
    static props = {
        /** `Flag`s as of `chart_marks.js`. */
        flags: Array,
        isCoarse: Boolean,
        onOpen: Function,
    };

    setup() {
        this.state = useState({ told: "" });
    }

    get height() {
        return this.props.isCoarse ? COARSE_HEIGHT : HEIGHT;
    }

    get style() {
        const rows = Math.max(...this.props.flags.map(({ row }) => row)) + 1;
        return `height: ${rows * (this.height + GAP)}px`;
    }

    get flags() {
        return this.props.flags.map(({ marks, level, left, width, row, isShort }) => {
            const worst = marks.find((mark) => mark.level === level);
            const more = marks.length > 1 ? `+${marks.length - 1}` : "";
            return {
                key: marks[0].key,
                marks,
                left,
                icon: worst.icon,
                label: isShort ? more : [worst.name, more].filter(Boolean).join(" "),
                title: titleOf(marks),
                isOpen: marks.some(({ end }) => end === null),
                level: level || "none",
                style: `left: ${left}px; width: ${width}px; top: ${row * (this.height + GAP)}px; height: ${this.height}px`,
            };
        });
    }

    get told() {
        return this.flags.find(({ key }) => key === this.state.told);
    }

    /** Below the flags, and not beyond the right edge. */
    get toldStyle() {
        return `left: min(${this.told.left}px, max(0px, 100% - 24rem))`;
    }

    tell(key) {
        this.state.told = key;
    }
}
