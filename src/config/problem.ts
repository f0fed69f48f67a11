/** One thing that is wrong with the settings, ready to be shown: it never contains the value of a secret. */
export interface SettingsProblem {
  /** The variable at fault, or the file where no variable could be read. */
  readonly variable: string;
  /** Where its value came from; absent where nothing was set. */
  readonly from?: string;
  /** What is wrong with it, as a sentence without its full stop. */
  readonly problem: string;
  /** A line that would be right, such as `PAYMENT_PORT=8000`. */
  readonly example: string;
}

/** Something that does not stand in the way of a start, but is probably not what was meant. */
export interface SettingsWarning {
  readonly variable: string;
  readonly warning: string;
}
