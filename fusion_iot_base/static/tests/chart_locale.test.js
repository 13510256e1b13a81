import { describe, expect, test } from "@odoo/hoot";
import { mockTimeZone } from "@odoo/hoot-mock";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";
import { chartLocale } from "@fusion_iot_base/chart/chart_locale";
import { timeTicks } from "@fusion_iot_base/chart/time_ticks";
import { user } from "@web/core/user";

describe.current.tags("headless");

test("a chart has the clock of the page, whatever zone the user has in the settings", () => {
    mockTimeZone("Asia/Tokyo");
    patchWithCleanup(user, { tz: "America/New_York", lang: "en-US" });
    const start = Date.parse("2026-03-01T10:00:00Z");
    const ticks = timeTicks({ start, end: start + 3600_000 }, 3, chartLocale());
    expect(ticks.map(({ text }) => text)).toEqual(["7:00 PM", "7:30 PM", "8:00 PM"]);
});
