import { describe, expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { reactive } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { makeMockEnv, mockService, mountWithCleanup } from "@web/../tests/web_test_helpers";
import { ConnectionBanner } from "@fusion_iot_base/live/connection_banner";

describe.current.tags("desktop");
defineMailModels();

test("says since when the values are old, and is gone when they are live again", async () => {
    const state = reactive({
        listeners: 1,
        busLost: false,
        fetchLost: false,
        fetchProved: true,
        goodAt: luxon.DateTime.now().set({ hour: 0, minute: 7 }).toMillis(),
    });
    mockService("fusion_live", { state });
    await makeMockEnv();
    await mountWithCleanup(ConnectionBanner, { noMainContainer: true });
    expect(".o_fusion_connection_banner").toHaveCount(0);

    Object.assign(state, { busLost: true, fetchProved: false });
    await animationFrame();
    expect(".o_fusion_connection_banner.o_fusion_connection_lost").toHaveText(
        "No connection to the server: the values shown are from 12:07 AM"
    );

    state.fetchProved = true;
    await animationFrame();
    expect(".o_fusion_connection_banner.o_fusion_connection_slow").toHaveCount(1);

    state.listeners = 0;
    await animationFrame();
    expect(".o_fusion_connection_banner").toHaveCount(0);
});
