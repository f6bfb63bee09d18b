//! `qiantang serve`: the service over HTTP.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command as ClapCommand, FromArgMatches};

use super::failure::Failure;
use super::{Options, database, output};
use crate::api::running::Running;
use crate::api::settings::{LogFormat, SETTINGS, SettingError, Settings};

/// Serves the exchange over HTTP until it is told to stop.
#[derive(Debug, Args)]
pub struct Serve {
    /// A file of settings (TOML): `workers = 4`. Flags and variables override it.
    #[arg(long, env = "QIANTANG_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    given: Given,
}

/// The settings that flags and variables give, by name.
#[derive(Debug, Clone, Default)]
struct Given(BTreeMap<String, String>);

impl Args for Given {
    fn augment_args(command: ClapCommand) -> ClapCommand {
        SETTINGS.iter().fold(command, |command, setting| {
            let help = format!("{} [default: {}]", setting.meaning, setting.default);
            let flag = setting.name.replace('_', "-");
            let variable = format!("QIANTANG_{}", setting.name.to_uppercase());
            command.arg(
                Arg::new(setting.name)
                    .long(flag)
                    .env(variable)
                    .value_name("VALUE")
                    .help(help),
            )
        })
    }

    fn augment_args_for_update(command: ClapCommand) -> ClapCommand {
        Given::augment_args(command)
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Given, clap::Error> {
        let value = |name: &'static str| {
            matches
                .get_one::<String>(name)
                .map(|value| (name.to_owned(), value.clone()))
        };
        Ok(Given(
            SETTINGS.iter().filter_map(|setting| value(setting.name)).collect(),
        ))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Given::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Serve {
    /// The settings, from the file, the environment and the flags.
    pub fn settings(&self) -> Result<Settings, Failure> {
        let unusable = |error: SettingError| Failure::Argument(error.to_string());
        let mut given = BTreeMap::new();
        if let Some(path) = &self.config {
            let place = path.display();
            let text = std::fs::read_to_string(path).map_err(|error| Failure::Argument(format!("{place}: {error}")))?;
            given = Settings::file(&text).map_err(|error| Failure::Argument(format!("{place}: {error}")))?;
        }
        given.extend(self.given.0.clone());
        Settings::new(&given).map_err(unusable)
    }

    /// How the log is to be written, if the settings can be used.
    pub fn log_format(&self) -> LogFormat {
        self.settings().map_or(LogFormat::Text, |settings| settings.log)
    }
}

/// Runs the command.
pub fn run(options: &Options, serve: &Serve) -> Result<(), Failure> {
    let settings = serve.settings()?;
    let url = database::migrate(options)?;
    let running = Running::start(settings, &url, true)?;
    output::say(&format!("Qiantang listens on http://{}", running.address()))?;
    output::say(&format!("  the API is described at http://{}/docs/", running.address()))?;
    running.wait().map_err(Failure::from)
}
