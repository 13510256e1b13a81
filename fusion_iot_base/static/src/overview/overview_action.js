import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatFloat } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Component, onWillStart, useState } from "@odoo/owl";
import { useLiveRefresh } from "../live/live_service";
import { formatSince } from "../live/since_format";
import { OverviewAge } from "./overview_age";
import { levelIcon, numberedSteps } from "./overview_levels";
import { OverviewTile } from "./overview_tile";

/** Readings come all the time, and each snapshot costs the server some queries. */
const LIVE_INTERVAL = 3000;

/** The first screen of the suite: what needs somebody, how everything is, what has changed. */
export class Overview extends Component {
    static template = "fusion_iot_base.Overview";
    static components = { Layout, OverviewAge, OverviewTile };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ snapshot: null, busy: "" });
        onWillStart(() => this.load(this.orm));
        this.live = useLiveRefresh(() => this.load(this.orm.silent), { minInterval: () => LIVE_INTERVAL });
    }

    async load(orm) {
        this.state.snapshot = await this.keepLast.add(orm.call("iot.overview", "snapshot", []));
    }

    get attention() {
        return this.state.snapshot.attention;
    }

    /** The kinds of which something waits; the summary says it where there are none. */
    get groups() {
        return this.attention.groups.filter(({ tiles }) => tiles.some(({ count }) => count));
    }

    get hasChanges() {
        return this.shift.tiles.some(({ count }) => count);
    }

    get sections() {
        return this.state.snapshot.sections;
    }

    get shift() {
        return this.state.snapshot.shift;
    }

    get shiftText() {
        const since = formatSince(Date.parse(this.shift.since));
        const hours = formatFloat(this.shift.hours, { digits: [16, 2], trailingZeros: false });
        return _t("%(hours)s hours, since %(since)s", { hours, since });
    }

    get guide() {
        return this.state.snapshot.guide;
    }

    /** Nothing waits for anybody, and nothing is known to be wrong either. */
    get isAllWell() {
        return !this.attention.count && !this.sections.some(({ tiles }) => tiles.some(({ level }) => level));
    }

    get summary() {
        const { count } = this.attention;
        if (this.isAllWell) {
            return _t("Nothing needs attention.");
        }
        if (!count) {
            // What is shelved, or has been decided, may still be so.
            return _t("Nothing waits to be acknowledged or decided. What has a colour is not as it should be.");
        }
        return count === 1 ? _t("1 thing needs attention.") : _t("%s things need attention.", count);
    }

    /** Those that are not shown one by one. */
    get remaining() {
        return Math.max(0, this.attention.count - this.attention.items.length);
    }

    levelIcon(level) {
        return levelIcon(level);
    }

    /** Whether the user may do anything of what is left to do. */
    get maySetUp() {
        return this.guide.tracks.some(({ steps }) => steps.some(({ may, done }) => may && !done));
    }

    steps(track) {
        return numberedSteps(track.steps);
    }

    /** Opens exactly the records that the tile has counted. */
    async openTile(tile, title) {
        const action = await this.action.loadAction(tile.action);
        const name = title ? `${title}: ${tile.label}` : tile.label;
        return this.action.doAction({
            ...action,
            name,
            display_name: name,
            domain: tile.domain,
            context: {},
        });
    }

    openItem(item) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: item.model,
            res_id: item.id,
            views: [[false, "form"]],
        });
    }

    /** Does what a button of a form does: the server completes the action that the method returns. */
    async press(item, { method }) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = `${item.key}-${method}`;
        try {
            const result = await rpc(`/web/dataset/call_button/${item.model}/${method}`, {
                model: item.model,
                method,
                args: [[item.id]],
                kwargs: { context: user.context },
            });
            if (result?.type) {
                await this.action.doAction(result, { onClose: () => this.load(this.orm) });
            }
            await this.load(this.orm);
        } finally {
            this.state.busy = "";
        }
    }

    openStep(step) {
        return this.action.doAction(step.action, step.new ? { viewType: "form", props: { resId: false } } : {});
    }

    async showGuide(isShown) {
        await this.orm.call("iot.overview", "dismiss_guide", [!isShown]);
        await this.load(this.orm);
    }
}

registry.category("actions").add("fusion_iot.overview", Overview);
