/* Stands where the service manager listens: prints each datagram of a local socket, and a line of dashes.
   Plain recv() drops the file descriptor of a barrier message, which is how the sender learns that it was read. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char text[4096];
  if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) return 2;
  strcpy(address.sun_path, argv[1]);
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) return 1;
  for (;;) {
    ssize_t length = recv(fd, text, sizeof text, 0);
    if (length < 0) return 1;
    printf("%.*s\n----\n", (int)length, text);
    fflush(stdout);
  }
}
