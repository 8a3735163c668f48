//! Sets a variable in a category of a configuration file, and shows that category:
//! edit_config HOST PORT USER SECRET FILE CATEGORY NAME VALUE

use ami::typed::actions::{CreateConfig, GetConfig, UpdateConfig};
use ami::{Client, Config, Error};

// [read]
/// The names and values of the first category of this name, in order; `None` if there is none.
async fn variables(client: &Client, file: &str, category: &str) -> Result<Option<Vec<(String, String)>>, Error> {
    let response = GetConfig::new(file).call(client).await?;
    let mut lines = None;
    let mut found = Vec::new();
    for (header, value) in response.message().iter() {
        let (header, value) = (String::from_utf8_lossy(header), String::from_utf8_lossy(value));
        if let (None, Some(number)) = (&lines, header.strip_prefix("Category-"))
            && value == category
        {
            lines = Some(format!("Line-{number}-"));
        } else if lines.as_ref().is_some_and(|lines| header.starts_with(lines)) {
            let (name, text) = value.split_once('=').unwrap_or((&value, ""));
            found.push((name.to_owned(), text.to_owned()));
        }
    }
    Ok(lines.map(|_| found))
}
// [/read]

// [write]
/// Sets a variable by one `UpdateConfig`, which the server carries out as a whole or not at all.
async fn set_variable(client: &Client, file: &str, category: &str, name: &str, value: &str) -> Result<(), Error> {
    let known = match variables(client, file, category).await {
        Err(error) if error.is_not_found() => {
            CreateConfig::new(file).call(client).await?;
            None
        }
        known => known?,
    };
    let mut edits = Vec::new();
    if known.is_none() {
        edits.push(vec![("Action", "NewCat"), ("Cat", category)]);
    }
    let has_it = known.is_some_and(|variables| variables.iter().any(|(known, _)| known == name));
    let action = if has_it { "Update" } else { "Append" };
    edits.push(vec![("Action", action), ("Cat", category), ("Var", name), ("Value", value)]);
    let mut update = UpdateConfig::new(file).dst_filename(file);
    // The headers of an edit have its number. It counts from 0; at a hole the server stops, and says nothing.
    for (number, edit) in edits.iter().enumerate() {
        for (header, text) in edit {
            update = update.header(&format!("{header}-{number:06}"), *text);
        }
    }
    update.call(client).await?;
    Ok(())
}
// [/write]

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, secret, file, category, name, value] = arguments.as_slice() else {
        return Err("usage: edit_config HOST PORT USER SECRET FILE CATEGORY NAME VALUE".into());
    };
    let client = Client::connect(Config::new(host, user, secret).port(port.parse()?)).await?;
    set_variable(&client, file, category, name, value).await?;
    for (known, text) in variables(&client, file, category).await?.unwrap_or_default() {
        println!("{known}={text}");
    }
    client.close().await?;
    Ok(())
}
