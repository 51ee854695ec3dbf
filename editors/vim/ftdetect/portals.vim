autocmd BufNewFile,BufRead *.portals setfiletype portals
