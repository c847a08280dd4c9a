/* SPDX-License-Identifier: MIT */
/* on_server COMMAND [ARGUMENT...]: runs the command with KOINE_EXAMPLE_URL, an empty database of its own on the server
 * of KOINE_TEST_URL, and takes it away again. Its exit status is the command's. */
#include <sys/wait.h>

#include <koine/testing.h>

static int run(char **command)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        perror(command[0]);
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    kn_testing t;
    int failed = 1;
    if (argc < 2)
        return 2;
    if (kn_testing_begin(&t, getenv("KOINE_TEST_URL"), NULL) == KN_OK && setenv("KOINE_EXAMPLE_URL", t.url, 1) == 0)
        failed = run(argv + 1);
    else
        fprintf(stderr, "on_server: %s\n", t.error.message);
    if (kn_testing_end(&t) == KN_OK)
        return failed;
    fprintf(stderr, "on_server: %s\n", t.error.message);
    return 1;
}
