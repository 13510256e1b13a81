import { browser } from "@web/core/browser/browser";

const MUTED = "fusion_iot.alert_muted";
const TONES = [880, 660, 880];
const TONE_S = 0.18;

/**
 * Three short tones. Browsers play nothing before somebody has clicked, tapped or typed on the page: until then it
 * stays silent. One tab of a browser is enough.
 */
export class AlertSound {
    constructor(isMainTab) {
        this.isMainTab = isMainTab;
        this.context = null;
        const allow = () => {
            this.context ||= this.makeContext();
            this.context?.resume?.();
            for (const name of ["pointerdown", "keydown"]) {
                browser.removeEventListener(name, allow, true);
            }
        };
        for (const name of ["pointerdown", "keydown"]) {
            browser.addEventListener(name, allow, true);
        }
    }

    get isMuted() {
        return browser.localStorage.getItem(MUTED) === "1";
    }

    set isMuted(isMuted) {
        browser.localStorage.setItem(MUTED, isMuted ? "1" : "0");
    }

    makeContext() {
        const Context = browser.AudioContext || window.AudioContext;
        return Context ? new Context() : null;
    }

    /** @returns {Promise<boolean>} whether it was played */
    async play() {
        if (this.isMuted || !this.context || !(await this.isMainTab())) {
            return false;
        }
        const start = this.context.currentTime;
        TONES.forEach((frequency, number) => this.tone(frequency, start + number * TONE_S));
        return true;
    }

    tone(frequency, at) {
        const oscillator = this.context.createOscillator();
        const gain = this.context.createGain();
        oscillator.frequency.value = frequency;
        gain.gain.setValueAtTime(0.0001, at);
        gain.gain.exponentialRampToValueAtTime(0.3, at + 0.02);
        gain.gain.exponentialRampToValueAtTime(0.0001, at + TONE_S);
        oscillator.connect(gain).connect(this.context.destination);
        oscillator.start(at);
        oscillator.stop(at + TONE_S);
    }
}
