// Moves a line over the spectrogram while its clip plays, and lets only one clip play at a time.
const players = [...document.querySelectorAll("audio")];
for (const player of players) {
  const cursor = player.parentElement.querySelector(".cursor");
  const move = () => {
    const x = +cursor.dataset.left + (player.currentTime / player.duration || 0) * cursor.dataset.width;
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    if (!player.paused) requestAnimationFrame(move);
  };
  player.addEventListener("play", () => {
    for (const other of players) if (other !== player) other.pause();
    cursor.classList.add("on");
    move();
  });
  player.addEventListener("seeked", move);
  player.addEventListener("ended", () => cursor.classList.remove("on"));
}
