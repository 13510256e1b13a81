import { describe, expect, getFixture, test } from "@odoo/hoot";
import { lightnessOf, trendTheme } from "@fusion_plating_iot/trend/trend_theme";

describe.current.tags("headless");

test("a colour one can see through has no lightness", () => {
    expect(lightnessOf("rgb(255, 255, 255)")).toBe(1);
    expect(lightnessOf("rgb(0, 0, 0)")).toBe(0);
    expect(lightnessOf("rgba(0, 0, 0, 0)")).toBe(null);
    expect(lightnessOf("transparent")).toBe(null);
});

test("the chart fits what it stands on, whatever the cookie says", () => {
    const sheet = document.createElement("div");
    const plot = document.createElement("div");
    sheet.append(plot);
    getFixture().append(sheet);
    sheet.style.backgroundColor = "#262a36";
    const dark = trendTheme(plot, "light");
    sheet.style.backgroundColor = "#ffffff";
    const light = trendTheme(plot, "dark");
    expect(dark.surface).not.toBe(light.surface);
    expect(lightnessOf("rgb(38, 42, 54)")).toBeLessThan(0.5);
});
