import { describe, expect, getFixture, test } from "@odoo/hoot";
import { chartTheme } from "@fusion_iot_base/chart/chart_theme";

describe.current.tags("headless");

test("the chart fits what it stands on, with its own colours too", () => {
    const sheet = document.createElement("div");
    const plot = document.createElement("div");
    sheet.append(plot);
    getFixture().append(sheet);
    const own = { light: { line: "black" }, dark: { line: "white" } };
    sheet.style.backgroundColor = "#262a36";
    const dark = chartTheme(plot, "light", own);
    sheet.style.backgroundColor = "#ffffff";
    const light = chartTheme(plot, "dark", own);
    expect(dark.surface).not.toBe(light.surface);
    expect([dark.line, light.line]).toEqual(["white", "black"]);
    expect(Object.keys(dark)).toEqual(Object.keys(light));
});
