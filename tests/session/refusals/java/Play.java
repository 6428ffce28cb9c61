import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Play PROTOCOL LIBRARY HOST PORT KEY: does as it is told in lines of stdin,
 * "put", "get", "remove" or "link", account, remote path and local path, with
 * tabs between them.  Of each it prints what the program that called the
 * library could show, and a NUL; nothing before the NUL is a success.
 */
final class Play {
	private Play() {
	}

	private static Client reflected(boolean sftp, Site site, String where) {
		Reflected r = new Reflected(site, where);

		return sftp ? r.new Files() : r.new Copies();
	}

	private static Client make(boolean sftp, String library, Site site) {
		switch (library) {
		case "jsch":
			return sftp ? new Sftp(site) : new Example(site);
		case "ant":
			return new Task(site);
		case "ivy":
			return new Resolver(site);
		case "ganymed":
			return reflected(sftp, site, "ch.ethz.ssh2");
		default:
			return reflected(sftp, site, "com.trilead.ssh2");
		}
	}

	/** The messages of an exception and of its causes, each once. */
	private static String shown(Throwable e) {
		List<String> lines = new ArrayList<>();

		for (; e != null; e = e.getCause()) {
			String text = e.getMessage();

			if (text == null)
				text = e.getClass().getSimpleName();
			if (!lines.contains(text))
				lines.add(text);
		}
		return String.join("\n", lines);
	}

	private static String once(Client client, String[] words) {
		try {
			if (words[0].equals("put"))
				client.put(words[1], words[3], words[2]);
			else if (words[0].equals("get"))
				client.get(words[1], words[2], words[3]);
			else if (words[0].equals("remove"))
				client.remove(words[1], words[2]);
			else
				client.link(words[1], words[2]);
			return "";
		} catch (Exception e) {
			return shown(e);
		}
	}

	public static void main(String[] args) throws Exception {
		Client client = make(args[0].equals("sftp"), args[1],
		    new Site(args[2], Integer.parseInt(args[3]), args[4]));
		BufferedReader in = new BufferedReader(new InputStreamReader(
		    System.in, StandardCharsets.UTF_8));
		PrintStream out = new PrintStream(System.out, true, "UTF-8");
		String line;

		while ((line = in.readLine()) != null)
			out.print(once(client, line.split("\t")) + "\0");
	}
}
