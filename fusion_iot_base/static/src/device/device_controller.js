import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";

/**
 * @typedef {Object} DeviceMeasurement
 * @property {"measurement"} kind
 * @property {string} channel component of the device; empty: the device itself
 * @property {string} quantity
 * @property {string} serial of the probe, where it has one
 * @property {number | null} value null when the sensor is broken
 * @property {string} unit
 * @property {"good" | "suspect" | "bad"} quality
 * @property {luxon.DateTime} at when it was measured
 */

/**
 * What a device on an IoT Box says by itself, as its driver says it.
 *
 * @typedef {Object} DeviceEvent
 * @property {"event"} kind
 * @property {any} value of a scanner: the barcode; of a keyboard: the character
 * @property {any} result of a scale: the weight
 * @property {string} status of a printer: connected, error, …
 * @property {luxon.DateTime} at when the server heard it
 */

/** What went wrong between the user and a device; `message` is for the user. */
export class DeviceError extends Error {
    name = "DeviceError";
}

/**
 * One device of the register, whatever transport it speaks: from `useService("fusion_devices").of(identifier)`.
 */
export class DeviceController {
    constructor(devices, identifier) {
        this.devices = devices;
        this.identifier = identifier;
    }

    /**
     * Lets the device do something and waits for it.
     *
     * @param {{action: string}} data the name of the action as its driver has it, and what the driver is told besides
     * @param {{timeout?: number}} [options] seconds to wait, at most 30
     * @returns {Promise<any>} what the device answered
     * @throws {DeviceError} says in words why there is no answer
     */
    async action({ action, ...data }, { timeout = 5 } = {}) {
        try {
            const id = await this.devices.idOf(this.identifier);
            if (!id) {
                throw new DeviceError(_t("There is no device %s.", this.identifier));
            }
            const command = await this.devices.orm.call("iot.device", "send_action", [[id], action, data, timeout]);
            const [{ state, answer, result }] = await this.devices.commands.wait([command]);
            if (state !== "done") {
                throw new DeviceError(answer);
            }
            return result;
        } catch (error) {
            throw inWords(error);
        }
    }

    /**
     * Tells what the device measured last, at once, and then everything that is new: what it measures, and what it
     * says by itself.
     *
     * @param {(told: DeviceMeasurement | DeviceEvent) => void} callback called for each channel and event by itself
     * @returns {() => void} ends it
     */
    addListener(callback) {
        return this.devices.addListener(this.identifier, callback);
    }
}

function inWords(error) {
    if (error instanceof DeviceError) {
        return error;
    }
    if (error instanceof ConnectionLostError) {
        return new DeviceError(_t("The server cannot be reached."), { cause: error });
    }
    return new DeviceError(error.data?.message || error.message, { cause: error });
}
