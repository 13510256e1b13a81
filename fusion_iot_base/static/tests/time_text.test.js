import { describe, expect, test } from "@odoo/hoot";
import { mockDate, mockTimeZone } from "@odoo/hoot-mock";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";
import { clockText, momentText, spanText } from "@fusion_iot_base/time/time_text";

const { Settings } = luxon;

describe.current.tags("headless");

const AT = Date.parse("2026-11-29T15:47:20Z");
const HOUR = 3600_000;

test("in the zone of the browser, with the hours of the language", () => {
    mockDate("2026-12-01 10:00:00");
    mockTimeZone("Europe/Brussels");
    patchWithCleanup(Settings, { defaultLocale: "en-US" });
    expect(clockText(AT)).toBe("4:47 PM");
    expect(clockText(AT, { showSeconds: true })).toBe("4:47:20 PM");
    expect(momentText(AT)).toBe("Nov 29, 4:47 PM");
    patchWithCleanup(Settings, { defaultLocale: "de-DE" });
    expect(clockText(AT)).toBe("16:47");
    mockTimeZone("Asia/Tokyo");
    expect(clockText(AT)).toBe("00:47");
});

test("a span names the day of its end where that is another", () => {
    mockDate("2026-12-01 10:00:00");
    mockTimeZone("Europe/Brussels");
    patchWithCleanup(Settings, { defaultLocale: "en-US" });
    expect(spanText(AT, AT + HOUR)).toBe("Nov 29, 4:47 PM – 5:47 PM");
    expect(spanText(AT, AT + 8 * HOUR)).toBe("Nov 29, 4:47 PM – Nov 30, 12:47 AM");
});
