/**
 * How `tender` ends, so that a script or an orchestrator can tell what to do about it.
 * The numbers follow sysexits.h where it has one that fits.
 */
export const EXIT_OK = 0;
/** A check has found something: `tender verify` and `tender doctor` say what. */
export const EXIT_FOUND = 1;
/** The command line is wrong: unknown command or option. */
export const EXIT_USAGE = 64;
/** The database cannot be reached. */
export const EXIT_UNAVAILABLE = 69;
/** A bug or broken infrastructure that the command could not go on with. */
export const EXIT_INTERNAL = 70;
/** A port cannot be listened on, usually because another process has it. */
export const EXIT_CANNOT_LISTEN = 73;
/** Another `tender start` owns the data folder. */
export const EXIT_DATA_FOLDER_IN_USE = 75;
/** The settings are wrong; every problem has been printed. */
export const EXIT_CONFIGURATION = 78;
