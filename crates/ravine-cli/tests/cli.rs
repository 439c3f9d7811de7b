//! What the user sees: exit code, standard output and standard error together.

mod program;

use program::Place;

#[test]
fn help_lists_the_commands_that_exist() {
    Place::new().snapshot("help", &["", "--help", "--version"]);
}

#[test]
fn a_wrong_command_line_is_exit_2() {
    Place::new().snapshot("usage", &["restor", "completions", "completions nosuchshell"]);
}

#[test]
fn completions_know_every_shell_and_command() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = place.run(&format!("completions {shell}")).expect(0).text();
        assert!(script.contains("completions") && script.contains("man"), "{shell}");
    }
}

#[test]
fn manual_pages_are_written_one_a_command() {
    let place = Place::new();
    place.run("man pages").expect(0);
    let page = |name: &str| String::from_utf8(place.read(&format!("pages/{name}"))).unwrap();
    assert!(page("ravine.1").contains("ravine\\-completions(1)"));
    assert!(page("ravine-completions.1").contains("Example:"));
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let place = Place::new();
    let mut child = place.command(&["completions", "bash"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
