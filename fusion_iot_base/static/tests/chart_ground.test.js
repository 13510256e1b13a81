import { describe, expect, getFixture, test } from "@odoo/hoot";
import { isOnDark, lightnessOf } from "@fusion_iot_base/chart/chart_ground";

describe.current.tags("headless");

test("a colour one can see through has no lightness", () => {
    expect(lightnessOf("rgb(255, 255, 255)")).toBe(1);
    expect(lightnessOf("rgb(0, 0, 0)")).toBe(0);
    expect(lightnessOf("rgba(0, 0, 0, 0)")).toBe(null);
    expect(lightnessOf("transparent")).toBe(null);
    expect(lightnessOf("rgb(38, 42, 54)")).toBeLessThan(0.5);
});

test("a chart fits what it stands on, whatever the cookie says", () => {
    const sheet = document.createElement("div");
    const plot = document.createElement("div");
    sheet.append(plot);
    getFixture().append(sheet);
    sheet.style.backgroundColor = "#262a36";
    expect(isOnDark(plot, "light")).toBe(true);
    sheet.style.backgroundColor = "#ffffff";
    expect(isOnDark(plot, "dark")).toBe(false);
});
