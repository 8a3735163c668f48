/* Sets a variable in a category of a file: edit_config HOST PORT USER SECRET FILE CATEGORY NAME VALUE */
#include <ami.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* [read] */
/* Tells whether the category has the variable, by the answer to GetConfig. */
static int has(const ami_response *file, const char *category, const char *name) {
    char line[32] = ""; /* how the headers of the category's variables begin */
    for (size_t i = 0; i < ami_response_header_count(file); i++) {
        const char *header = ami_response_header_name_at(file, i, NULL);
        const char *value = ami_response_header_value_at(file, i, NULL);
        if (strncmp(header, "Category-", 9) == 0 && strcmp(value, category) == 0)
            snprintf(line, sizeof line, "Line-%.20s-", header + 9);
        else if (line[0] != '\0' && strncmp(header, line, strlen(line)) == 0 &&
                 strncmp(value, name, strlen(name)) == 0 && value[strlen(name)] == '=')
            return 1;
    }
    return 0;
}
/* [/read] */

int main(int argc, char **argv) {
    if (argc != 9 || argv[2][strspn(argv[2], "0123456789")] != '\0')
        return fprintf(stderr, "usage: %s HOST PORT USER SECRET FILE CATEGORY NAME VALUE\n", argv[0]), 2;
    const char *file = argv[5], *category = argv[6], *name = argv[7], *value = argv[8];
    ami_config *config = ami_config_new();
    ami_config_set_host(config, argv[1]), ami_config_set_port(config, (uint16_t)atoi(argv[2]));
    ami_config_set_username(config, argv[3]), ami_config_set_secret(config, argv[4]);

    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_response *found = NULL;
    ami_action *read = ami_action_new("GetConfig"), *edit = ami_action_new("UpdateConfig");
    /* [write] */
    ami_action_add(read, "Filename", file);
    ami_status status = ami_client_connect(config, &client, &error);
    if (status == AMI_OK)
        status = ami_client_call(client, read, AMI_TIMEOUT_DEFAULT, &found, &error);
    ami_action_add(edit, "SrcFilename", file), ami_action_add(edit, "DstFilename", file);
    /* The headers of an edit have its number, which counts from 0. */
    ami_action_add(edit, "Action-000000", has(found, category, name) ? "Update" : "Append");
    ami_action_add(edit, "Cat-000000", category);
    ami_action_add(edit, "Var-000000", name);
    ami_action_add(edit, "Value-000000", value);
    if (status == AMI_OK)
        status = ami_client_call(client, edit, AMI_TIMEOUT_DEFAULT, NULL, &error);
    /* [/write] */
    if (status == AMI_OK)
        printf("%s=%s\n", name, value);
    else
        fprintf(stderr, "%s: %s\n", ami_status_name(status), ami_error_message(error));
    ami_error_free(error), ami_response_unref(found), ami_client_free(client);
    ami_action_free(read), ami_action_free(edit), ami_config_free(config);
    return status == AMI_OK ? 0 : 1;
}
