import { describe, expect, getFixture, test } from "@odoo/hoot";
import { trendTheme } from "@fusion_plating_iot/trend/trend_theme";

describe.current.tags("headless");

test("the chart fits what it stands on", () => {
    const sheet = document.createElement("div");
    const plot = document.createElement("div");
    sheet.append(plot);
    getFixture().append(sheet);
    sheet.style.backgroundColor = "#262a36";
    const dark = trendTheme(plot, "light");
    sheet.style.backgroundColor = "#ffffff";
    const light = trendTheme(plot, "dark");
    expect(dark.surface).not.toBe(light.surface);
});
