import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { formatFloat } from "@web/views/fields/formatters";
import { useNumpadDecimal } from "@web/views/fields/numpad_decimal_hook";
import { parseFloat } from "@web/views/fields/parsers";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, useEffect, useRef } from "@odoo/owl";
import { formatReading } from "../reading_format";

/** Says that a limit differs from what was saved, where that needs a reason. */
const REASON_NEEDED = "limits_changed";
const ANNOUNCE_DELAY_MS = 250;

/**
 * Turns what was typed into a limit.
 *
 * @param {string} text
 * @returns {number|false} false when the input is blank: there is no limit
 * @throws {InvalidNumberError} when it is not a number
 */
export function parseLimit(text) {
    return text.trim() === "" ? false : parseFloat(text);
}

/**
 * Edits a float whose empty value is not 0.
 *
 * The stock input hook takes 0 and false for the same value and would lose a typed 0, hence the small
 * commit logic of its own.
 */
export class LimitField extends Component {
    static template = "fusion_plating.LimitField";
    static props = {
        ...standardFieldProps,
        digits: { type: Array, optional: true },
        placeholder: { type: String, optional: true },
        unitField: { type: String, optional: true },
        quantityField: { type: String, optional: true },
        limitFields: { type: Array, optional: true },
    };
    static defaultProps = { digits: [16, 4] };

    setup() {
        this.input = useRef("numpadDecimal");
        this.isDirty = false;
        this.announce = useDebounced(() => this.announceChange(), ANNOUNCE_DELAY_MS);
        useNumpadDecimal();
        useEffect(() => {
            const text = this.formattedValue;
            if (this.input.el && !this.isDirty && !this.isInvalid) {
                this.input.el.value = text;
            }
        });
        const { bus } = this.props.record.model;
        useBus(bus, "WILL_SAVE_URGENTLY", () => this.commit());
        useBus(bus, "NEED_LOCAL_CHANGES", (ev) => ev.detail.proms.push(this.commit()));
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get isEmpty() {
        return typeof this.value !== "number";
    }

    get isInvalid() {
        return this.props.record.isFieldInvalid(this.props.name);
    }

    get formattedValue() {
        if (this.isEmpty) {
            return "";
        }
        const { quantityField, limitFields, readonly, record } = this.props;
        if (quantityField && readonly) {
            const limits = (limitFields || []).map((name) => record.data[name]);
            return formatReading(this.value, record.data[quantityField], limits);
        }
        return formatFloat(this.value, { digits: this.props.digits, trailingZeros: false });
    }

    get unit() {
        return this.props.unitField ? this.props.record.data[this.props.unitField] || "" : "";
    }

    get placeholder() {
        return this.props.placeholder || "–";
    }

    get emptyTitle() {
        return _t("No limit");
    }

    onInput() {
        this.isDirty = true;
        this.props.record.model.bus.trigger("FIELD_IS_DIRTY", true);
        if (this.isInvalid) {
            this.props.record.resetFieldValidity(this.props.name);
        }
        this.announce();
    }

    /** Where a changed limit needs a reason, the form asks for it while the limit is still being typed. */
    async announceChange() {
        const { record, name } = this.props;
        if (!this.isDirty || !this.input.el || !(REASON_NEEDED in record.activeFields)) {
            return;
        }
        let value;
        try {
            value = parseLimit(this.input.el.value);
        } catch {
            return; // not a number yet
        }
        if (value !== this.value) {
            await record.update({ [name]: value });
        }
    }

    async commit() {
        if (!this.isDirty || !this.input.el) {
            return;
        }
        let value;
        try {
            value = parseLimit(this.input.el.value);
        } catch {
            this.props.record.setInvalidField(this.props.name);
            return;
        }
        this.isDirty = false;
        if (value === this.value) {
            this.input.el.value = this.formattedValue;
        } else {
            await this.props.record.update({ [this.props.name]: value });
        }
        this.props.record.model.bus.trigger("FIELD_IS_DIRTY", false);
    }

    onKeydown(ev) {
        if (["Tab", "Enter"].includes(ev.key)) {
            this.commit();
        }
    }
}

export const limitField = {
    component: LimitField,
    displayName: _t("Limit (empty is not 0)"),
    supportedOptions: [
        { label: _t("Unit field"), name: "unit_field", type: "field", availableTypes: ["char"] },
        {
            label: _t("Quantity field"),
            name: "quantity_field",
            type: "field",
            availableTypes: ["selection"],
            help: _t("For a reading: it is shown as precisely as a probe of the quantity measures."),
        },
        {
            label: _t("Limit fields"),
            name: "limit_fields",
            help: _t("Rounding of a reading never hides on which side of these it is."),
        },
    ],
    supportedTypes: ["float"],
    isEmpty: (record, fieldName) => typeof record.data[fieldName] !== "number",
    extractProps: ({ attrs, options, placeholder }) => ({
        digits: attrs.digits ? JSON.parse(attrs.digits) : options.digits,
        placeholder: placeholder || attrs.placeholder,
        unitField: options.unit_field,
        quantityField: options.quantity_field,
        limitFields: options.limit_fields,
    }),
};

registry.category("fields").add("fp_limit", limitField);
