import { _t } from "@web/core/l10n/translation";
import { Component } from "@odoo/owl";
import { levelIcon } from "./overview_levels";

/** A number with a name, that opens its list. */
export class OverviewTile extends Component {
    static template = "fusion_iot_base.OverviewTile";
    static props = { tile: Object, onOpen: Function };

    get icon() {
        return levelIcon(this.props.tile.level);
    }

    get levelText() {
        return { danger: _t("Problem"), warning: _t("Attention") }[this.props.tile.level] || "";
    }
}
