# Shows scripts to the instructor who reads it in formgrader, as the same person as the gradebook's.
# %% before
from IPython.display import HTML, Javascript, display
display(HTML("<script>document.title = 'OUTPUT-RUNS'</script><img src=x onerror=document.title='OUTPUT-RUNS'>"))
display(Javascript("document.title = 'JAVASCRIPT-RUNS'"))
# %% explain
<script>fetch('/formgrader/api/grade/1', {method: 'PUT'}) // MARKDOWN-RUNS</script>
