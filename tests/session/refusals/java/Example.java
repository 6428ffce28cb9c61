import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.Session;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;

/**
 * JSch, which leaves the protocol to its callers: the steps of the examples
 * that come with it, ScpTo and ScpFrom.  Most callers have copied those.
 */
final class Example implements Client {
	private final Site site;

	Example(Site site) {
		this.site = site;
	}

	private static String quoted(String path) {
		return "'" + path.replace("'", "'\"'\"'") + "'";
	}

	/** The octet, and after one of the two errors the text of its line. */
	private static int answer(InputStream in) throws IOException {
		int first = in.read();

		if (first == 1 || first == 2)
			throw new IOException(line(in));
		return first;
	}

	private static String line(InputStream in) throws IOException {
		StringBuilder text = new StringBuilder();
		int c;

		while ((c = in.read()) > 0 && c != '\n')
			text.append((char) c);
		return text.toString();
	}

	private static void need(InputStream in) throws IOException {
		if (answer(in) != 0)
			throw new IOException("no answer");
	}

	private interface Steps {
		void go(InputStream in, OutputStream out) throws IOException;
	}

	private void over(String user, String command, Steps steps)
	    throws Exception {
		Session session = site.open(user);

		try {
			ChannelExec channel = (ChannelExec) session.openChannel(
			    "exec");
			channel.setCommand(command);
			OutputStream out = channel.getOutputStream();
			InputStream in = channel.getInputStream();
			channel.connect();
			steps.go(in, out);
			channel.disconnect();
		} finally {
			session.disconnect();
		}
	}

	private static void send(OutputStream out, byte[] data)
	    throws IOException {
		out.write(data);
		out.flush();
	}

	@Override
	public void put(String user, String local, String remote)
	    throws Exception {
		byte[] data = Files.readAllBytes(Paths.get(local));
		String record = "C0644 " + data.length + " "
		    + Client.name(local) + "\n";

		over(user, "scp -t " + quoted(remote), (in, out) -> {
			need(in);
			send(out, record.getBytes(StandardCharsets.UTF_8));
			need(in);
			send(out, data);
			send(out, new byte[1]);
			need(in);
		});
	}

	@Override
	public void get(String user, String remote, String local)
	    throws Exception {
		over(user, "scp -f " + quoted(remote), (in, out) -> {
			send(out, new byte[1]);
			if (answer(in) != 'C')
				throw new IOException("no file");
		});
	}
}
